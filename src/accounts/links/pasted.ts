/** What a pasted address carries. Nothing in it is trusted: each part only counts if it fits what we stored. */
export type Pasted = { state?: string; code?: string; error?: string };

/** An address with a code is below 1 kB; what is longer is no address of ours. */
const MAX_CHARS = 8_000;
const MAX_VALUE = 2_048;

/**
 * People paste in many ways: in angle brackets, in quotes or backticks, as a link of the chat program (`<address|label>`,
 * `[label](address)`), broken over lines, with the ampersands escaped, without the part before the "?", with words around.
 */
export function readPasted(text: string): Pasted {
  if (text.length > MAX_CHARS) return {};
  const plain = text.replace(/&amp;/gi, "&").replace(/\p{Cf}+/gu, "");
  for (const word of plain.split(/[\s\p{Cc}]+/u)) {
    const pasted = readParameters(word);
    if (pasted.state && (pasted.code ?? pasted.error)) return pasted;
  }
  // No word has it all: a chat program may break a long address anywhere, and inside an address no white space is meant.
  return readParameters(plain.replace(/[\s\p{Cc}]+/gu, ""));
}

function readParameters(address: string): Pasted {
  const pasted: Pasted = {};
  for (const name of ["state", "code", "error"] as const) {
    const value = new RegExp(`(?:^|[?&#])${name}=([^?&#<>|"'\`()\\[\\]*]*)`, "i").exec(address)?.[1];
    const decoded = value === undefined ? undefined : decode(value);
    if (decoded) pasted[name] = decoded;
  }
  // A state is 43 characters; what stood behind the address is not part of it.
  const state = pasted.state && /^[A-Za-z0-9_-]{43}/.exec(pasted.state)?.[0];
  if (state) pasted.state = state;
  else delete pasted.state;
  return pasted;
}

function decode(value: string): string | undefined {
  if (value.length > MAX_VALUE) return undefined;
  try {
    return decodeURIComponent(value.replace(/\+/g, "%20"));
  } catch {
    return undefined;
  }
}

/** Told by its form alone. A state of ours is too odd to stand in anything a person would write otherwise. */
export function looksPasted(text: string, callbackPaths: readonly string[]): boolean {
  const { state, code, error } = readPasted(text);
  if (state) return true;
  return (code ?? error) !== undefined && callbackPaths.some((path) => text.includes(path));
}
