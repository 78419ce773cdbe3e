import { isIPv6 } from "node:net";
import { SegueError } from "../../../contracts/errors.ts";

export type MpdAddress = { password?: string } & ({ host: string; port: number } | { path: string });

const DEFAULT_PORT = 6600;
const MAX_LENGTH = 1000;

/** What is wrong is said without the text itself: it may hold a password. */
const refuse = (why: string) => new SegueError("InvalidInput", { field: "MPD_URL", why });

/**
 * `mpd://password@host:port`, `mpd://host`, `unix:/path`, a plain path, or `@name` for an abstract socket; `password@` may also
 * stand before a path, as in MPD_HOST of other clients. Raises InvalidInput("MPD_URL").
 */
export function parseMpdUrl(text: string): MpdAddress {
  const given = text.trim();
  if (given === "") throw refuse("empty");
  if (given.length > MAX_LENGTH) throw refuse("too_long");
  if (/[\p{Cc}]/u.test(given)) throw refuse("format");
  if (given.startsWith("mpd:")) return tcp(given);
  return socket(given.replace(/^unix:(?:\/\/)?/, ""));
}

/** Whether `parseMpdUrl` can read it. */
export function isMpdUrl(text: string): boolean {
  try {
    parseMpdUrl(text);
    return true;
  } catch {
    return false;
  }
}

const bareHost =
  /^(?!\w+:\/\/)(?:(.+)@)?(\[[\da-f:.]+\]|[\p{L}\p{N}](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_])?\.?)(?::(\d{1,5}))?$/iu;

/**
 * An address as people type it (`host`, `host:port`, `password@host:port`, `::1`) as an `mpd://` address; anything else as it is,
 * for `parseMpdUrl` to judge.
 */
export function tidyMpdUrl(text: string): string {
  const given = text.trim().replace(/^mpd:\/\//i, "mpd://");
  if (isMpdUrl(given)) return given;
  const [, password, host, port] = bareHost.exec(isIPv6(given) ? `[${given}]` : given) ?? [];
  if (host === undefined) return given;
  const url = `mpd://${password === undefined ? "" : `${encodeURIComponent(password)}@`}${host}${port === undefined ? "" : `:${port}`}`;
  return isMpdUrl(url) ? url : given;
}

/** An address as it is written, without the password in it, and that. What cannot be read is its own address. */
export function splitMpdUrl(text: string): { address: string; password?: string } {
  if (!isMpdUrl(text)) return { address: text };
  const { password } = parseMpdUrl(text);
  if (password === undefined) return { address: text };
  const address = text.trim().replace(/^(mpd:\/\/)?.*@/, "$1");
  return { address, password };
}

/** The address with that password in it; one that can carry none, such as an abstract socket, stays as it is. */
export function joinMpdUrl(address: string, password: string): string {
  const path = address.replace(/^unix:(?:\/\/)?/, "");
  const url = address.startsWith("mpd://")
    ? `mpd://${encodeURIComponent(password)}@${address.slice("mpd://".length)}`
    : `${password}@${path}`;
  return isMpdUrl(url) ? url : address;
}

function socket(given: string): MpdAddress {
  if (given.startsWith("/")) return { path: given };
  // Node wants the leading NUL of an abstract socket, which people write as "@".
  if (given.startsWith("@") && !given.includes("@", 1) && given.length > 1) return { path: `\0${given.slice(1)}` };
  const at = given.lastIndexOf("@/");
  if (at > 0) return { path: given.slice(at + 1), password: given.slice(0, at) };
  throw refuse("format");
}

function tcp(given: string): MpdAddress {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw refuse("format");
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (host === "" || (url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "")
    throw refuse("format");
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  if (port < 1) throw refuse("port");
  let password: string;
  try {
    // What stands before the host is one password, whatever its signs: "a:b" is no user and their password.
    password = decodeURIComponent(
      url.username === "" || url.password === "" ? url.username + url.password : `${url.username}:${url.password}`,
    );
  } catch {
    throw refuse("password");
  }
  if (/[\p{Cc}]/u.test(password)) throw refuse("password");
  return { host, port, ...(password === "" ? {} : { password }) };
}
