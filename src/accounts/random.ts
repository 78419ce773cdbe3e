import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";

/** 256 random bits as 43 characters of base64url: link tokens, states, browser ties, PKCE verifiers (RFC 7636 asks for 43 to 128). */
export function randomToken(): string {
  return randomBytes(32).toString("base64url");
}

/** Whether a text can be one of ours at all, before it costs a query. */
export function isToken(text: unknown): text is string {
  return typeof text === "string" && /^[A-Za-z0-9_-]{43}$/.test(text);
}

/** SHA-256 as stored in place of the secret itself. All that is hashed here is random: no salt, no stretching needed. */
export function hashOf(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\n")).digest("base64url");
}

/** The S256 challenge of a PKCE verifier (RFC 7636, 4.2). */
export function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** Compares two secrets without telling by the time it takes where they differ. */
export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());
}

/** No 0 O, 1 I L: what is read from a screen and typed elsewhere. 31 characters. */
const alphabet = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";

/** A code to be typed by a person, in groups of four: "K7QM-2XHD". About 5 bits a character. */
export function shortCode(length: number): string {
  const characters = Array.from({ length }, () => alphabet[randomInt(alphabet.length)] ?? "");
  return characters.join("").replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * A code that joins a chat identity, in two groups of five: "K7QM2-XHD45". Never the form of another code, and never without a
 * digit, so that no words are taken for one. About 48 bits.
 */
export function joinCode(): string {
  const others = plainCode(shortCode(9));
  const at = randomInt(others.length + 1);
  const code = others.slice(0, at) + randomInt(2, 10) + others.slice(at);
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}

/** A typed code as it was made: case, dashes and spaces do not count. */
export function plainCode(typed: string): string {
  return typed.toUpperCase().replace(/[^A-Z0-9]/g, "");
}
