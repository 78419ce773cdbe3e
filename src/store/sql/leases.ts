/** How many times as long as a lease another one may last before it is taken for one of a clock that has been put back since. */
const STRANGE_LEASE = 10;

/** Until then a lease is believed that somebody holds while another one asks for theirs. */
export const believedUntil = (now: number, untilAt: number): number => now + STRANGE_LEASE * (untilAt - now);
