/** Letters as people type them who have no such keyboard; the apostrophe stands for what is not heard. */
const cyrillic: Readonly<Record<string, string>> = {
  а: "a",
  б: "b",
  в: "v",
  г: "g",
  ґ: "g",
  д: "d",
  е: "e",
  є: "ie",
  ж: "zh",
  з: "z",
  и: "i",
  і: "i",
  ї: "i",
  й: "y",
  к: "k",
  л: "l",
  м: "m",
  н: "n",
  о: "o",
  п: "p",
  р: "r",
  с: "s",
  т: "t",
  у: "u",
  ў: "u",
  ф: "f",
  х: "kh",
  ц: "ts",
  ч: "ch",
  ш: "sh",
  щ: "shch",
  ъ: "",
  ы: "y",
  ь: "",
  э: "e",
  ю: "yu",
  я: "ya",
};

const greek: Readonly<Record<string, string>> = {
  α: "a",
  β: "v",
  γ: "g",
  δ: "d",
  ε: "e",
  ζ: "z",
  η: "i",
  θ: "th",
  ι: "i",
  κ: "k",
  λ: "l",
  μ: "m",
  ν: "n",
  ξ: "x",
  ο: "o",
  π: "p",
  ρ: "r",
  σ: "s",
  ς: "s",
  τ: "t",
  υ: "y",
  φ: "f",
  χ: "ch",
  ψ: "ps",
  ω: "o",
};

const alphabets = { ...cyrillic, ...greek };

/** A folded name in Latin letters, where its script is an alphabet; undefined for Latin names and for scripts that are none. */
export function inLatin(folded: string): string | undefined {
  if (!/[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(folded)) return undefined;
  return folded.replace(/[\p{Script=Cyrillic}\p{Script=Greek}]/gu, (letter) => alphabets[letter] ?? "");
}

const latin = /\p{Script=Latin}/u;
const others = /(?!\p{Script=Latin})\p{L}/u;

/** Whether two names have no script in common, so that nothing can be said of how alike they are. */
export function otherScript(a: string, b: string): boolean {
  const onlyLatin = (text: string) => latin.test(text) && !others.test(text);
  const noLatin = (text: string) => others.test(text) && !latin.test(text);
  return (onlyLatin(a) && noLatin(b)) || (noLatin(a) && onlyLatin(b));
}
