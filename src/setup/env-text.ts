import { parseEnv } from "node:util";

const setToNothing = /^([ \t]*(?:export[ \t]+)?[^\s=#]+[ \t]*=)[ \t]+(?=\r?$)/gm;

/** The text without blanks behind what is set to nothing: Node takes the line below such a one for its value. */
export function settled(text: string): string {
  return text.replace(setToNothing, "$1");
}

/** What the text of a `.env` file sets. */
export function readEnvText(text: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parseEnv(settled(text))).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
