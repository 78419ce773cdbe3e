import { loadDeviceWords } from "../../src/language/index.ts";

/** Those of all languages, as an installation has them. */
export const deviceWords = loadDeviceWords();
