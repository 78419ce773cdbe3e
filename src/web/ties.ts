import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TieOf } from "../accounts/links/browser.ts";
import { randomToken } from "../accounts/random.ts";

const LIFE_S = 600;

/**
 * The tie between a link attempt and the browser that opened it: one cookie per attempt, so that two attempts in one
 * browser do not undo each other. Its path is the whole site, since the page and the way back share no shorter one and
 * `__Host-` asks for it (https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-4.1.3.2).
 */
const cookieName = (linkId: string, secure: boolean): string =>
  `${secure ? "__Host-" : ""}segue-link-${linkId.slice(0, 8)}`;

export function tieOf(request: FastifyRequest, secure: boolean): TieOf {
  return (linkId) => request.cookies[cookieName(linkId, secure)];
}

/** The tie this browser holds for the attempt; made and sent along when it holds none. */
export function tieBrowser(
  request: FastifyRequest,
  reply: FastifyReply,
  linkId: string,
  secure: boolean,
  lifeS = LIFE_S,
): string {
  const held = tieOf(request, secure)(linkId);
  if (held !== undefined && /^[A-Za-z0-9_-]{43}$/.test(held)) return held;
  const tie = randomToken();
  reply.setCookie(cookieName(linkId, secure), tie, {
    path: "/",
    httpOnly: true,
    sameSite: "lax",
    secure,
    maxAge: lifeS,
  });
  return tie;
}

/** Only a page that was made for this browser and this attempt can carry it. */
export function csrfOf(tie: string, token: string): string {
  return createHmac("sha256", tie).update(`link ${token}`).digest("base64url");
}

export function csrfFits(given: string, tie: string, token: string): boolean {
  const expected = Buffer.from(csrfOf(tie, token));
  const actual = Buffer.from(given);
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
