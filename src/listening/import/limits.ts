/** What an import may cost at the most, whoever made the file. */

/** Fifty years of a service's files are some hundred. */
export const MOST_FILES = 5_000;
export const MOST_ENTRIES = 50_000;
/** All of it unpacked; listening of a million rows is 0.7 GB. */
export const MOST_BYTES = 16 * 1024 ** 3;
/** Listening packs to a tenth or a twentieth. What packs better, from that size on, was made to unpack. */
export const MOST_RATIO = 200;
export const RATIO_FROM_BYTES = 16 * 1024 ** 2;
