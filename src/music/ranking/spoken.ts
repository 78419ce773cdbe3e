/**
 * One way of writing for what sounds the same, so that "nothing compares to you", "seven rings" and "are you mine" find what
 * catalogues write as "Nothing Compares 2 U", "7 rings" and "R U Mine?". Small numbers only: years are never spelt out.
 */
const written: Readonly<Record<string, string>> = {
  1: "one",
  2: "to",
  two: "to",
  too: "to",
  3: "three",
  4: "for",
  four: "for",
  5: "five",
  6: "six",
  7: "seven",
  8: "eight",
  9: "nine",
  10: "ten",
  11: "eleven",
  12: "twelve",
  20: "twenty",
  30: "thirty",
  40: "forty",
  50: "fifty",
  60: "sixty",
  100: "hundred",
  u: "you",
  r: "are",
  ur: "your",
  n: "and",
  luv: "love",
  nite: "night",
  thru: "through",
  wanna: "want",
  gonna: "going",
};

export const asSpoken = (word: string): string => (Object.hasOwn(written, word) ? (written[word] ?? word) : word);

/** The consonants that are heard, in the order they are heard: "lincoln" is near "linkin", "beyonsay" is "beyonce". */
export function soundOf(word: string): string {
  const heard = word
    .replace(/ph/g, "f")
    .replace(/^kn/, "n")
    .replace(/^wr/, "r")
    .replace(/gh|h|w|y/g, "")
    .replace(/c(?=[ei])/g, "s")
    .replace(/ck|c|q/g, "k")
    .replace(/x/g, "ks")
    .replace(/z/g, "s")
    .replace(/(.)\1+/g, "$1");
  return heard.slice(0, 1) + heard.slice(1).replace(/[aeiou]/g, "");
}
