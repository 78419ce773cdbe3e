import { hash } from "node:crypto";

const BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

function digest(parts: readonly string[]): Buffer {
  return hash("sha1", parts.join("\u0000"), "buffer");
}

/** 22 base62 characters made of 128 bits, the form of the service's ids: https://developer.spotify.com/documentation/web-api/concepts/spotify-uris-ids */
export function catalogueId(...parts: string[]): string {
  const bytes = digest(parts);
  // Two 64-bit halves of 11 digits each (62^11 > 2^64): half the cost of one 128-bit division chain.
  return base62(bytes.readBigUInt64BE(0)) + base62(bytes.readBigUInt64BE(8));
}

function base62(value: bigint): string {
  // 62^5 fits a double, so most digits are peeled off with plain numbers.
  let text = "";
  for (let rest = value, left = 11; left > 0; ) {
    let chunk = Number(rest % 916_132_832n);
    rest /= 916_132_832n;
    for (let digit = 0; digit < 5 && left > 0; digit += 1, left -= 1) {
      text = BASE62.charAt(chunk % 62) + text;
      chunk = Math.floor(chunk / 62);
    }
  }
  return text;
}

/** A well-formed ISRC (country, registrant, year, designation), the same for the same recording. */
export function recordingCode(country: string, artist: string, year: string, recording: string): string {
  const registrant = digest(["registrant", artist]);
  const letters = [0, 1, 2].map((at) => ALPHANUMERIC.charAt((registrant[at] ?? 0) % ALPHANUMERIC.length)).join("");
  const designation = digest(["recording", recording]).readUInt32BE(0) % 100_000;
  return `${country}${letters}${year.slice(2, 4)}${String(designation).padStart(5, "0")}`;
}

/** The next code of the same registrant and year: for the rare two recordings that hash alike. */
export function nextRecordingCode(isrc: string): string {
  return isrc.slice(0, 7) + String((Number(isrc.slice(7)) + 1) % 100_000).padStart(5, "0");
}

/** Twelve digits with a right check digit: https://www.gs1.org/services/check-digit-calculator */
export function barcode(...parts: string[]): string {
  const digits = String(digest(["upc", ...parts]).readUIntBE(0, 6) % 100_000_000_000).padStart(11, "0");
  let sum = 0;
  for (let at = 0; at < 11; at += 1) sum += Number(digits.charAt(at)) * (at % 2 === 0 ? 3 : 1);
  return digits + String((10 - (sum % 10)) % 10);
}

/** A number in [0, below) that depends on the parts alone. */
export function hashBelow(below: number, ...parts: string[]): number {
  return digest(parts).readUInt32BE(0) % below;
}
