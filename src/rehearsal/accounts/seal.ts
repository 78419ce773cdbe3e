import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Grant } from "./grants.ts";

const consentSchema = z.strictObject({
  id: z.string(),
  clientId: z.string(),
  userId: z.string(),
  scopes: z.array(z.string()),
  pkce: z.boolean(),
  consentAt: z.int(),
});

/** What a grant is, without what became of it since. */
export type Consent = Pick<Grant, keyof z.output<typeof consentSchema>>;

/**
 * Writes a consent into a refresh token and reads it back, so that a server that was stopped knows its people's links again.
 * The real tokens are opaque too, in the same alphabet.
 */
export interface Seal {
  /** `unique` is any base64url text; it makes two tokens of one consent differ. */
  write(consent: Consent, unique: string): string;
  /** Undefined for whatever was not written with this key. */
  read(token: string): Consent | undefined;
}

const PREFIX = "AQ";
const UNIQUE_LENGTH = 12;
/** SHA-256 in base64url. */
const SIGNATURE_LENGTH = 43;

export function createSeal(key: string): Seal {
  const sign = (text: string) => createHmac("sha256", key).update(text).digest("base64url");

  return {
    write({ id, clientId, userId, scopes, pkce, consentAt }, unique) {
      const body = JSON.stringify({ id, clientId, userId, scopes, pkce, consentAt });
      const said = unique.slice(0, UNIQUE_LENGTH).padEnd(UNIQUE_LENGTH, "_") + Buffer.from(body).toString("base64url");
      return PREFIX + said + sign(said);
    },
    read(token) {
      if (!token.startsWith(PREFIX) || token.length <= PREFIX.length + UNIQUE_LENGTH + SIGNATURE_LENGTH)
        return undefined;
      const said = token.slice(PREFIX.length, -SIGNATURE_LENGTH);
      const given = Buffer.from(token.slice(-SIGNATURE_LENGTH));
      const expected = Buffer.from(sign(said));
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      const parsed = consentSchema.safeParse(
        JSON.parse(Buffer.from(said.slice(UNIQUE_LENGTH), "base64url").toString("utf8")),
      );
      return parsed.success ? parsed.data : undefined;
    },
  };
}
