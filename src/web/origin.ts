import type { IncomingMessage } from "node:http";
import { BlockList, isIP, isIPv6 } from "node:net";
import { WebError } from "./web-error.ts";

/** Where a request comes from, proxies considered, and whether its Host header names this server. */
type Origin = {
  /** Of the client, as limits count: the nearest address that no trusted proxy stands behind; of IPv6 its network. */
  address: string;
  /** The client's program runs on this machine and speaks to us itself: nobody forwards, and not by the name in PUBLIC_URL. */
  loopback: boolean;
  hostAllowed: boolean;
  /** The browser speaks https, to us or to the proxy before us. */
  secure: boolean;
};
export type OriginJudge = (request: IncomingMessage) => Origin;

const loopbacks = new BlockList();
loopbacks.addSubnet("127.0.0.0", 8, "ipv4");
loopbacks.addAddress("::1", "ipv6");

const contains = (list: BlockList, address: string): boolean => {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? "ipv6" : "ipv4");
};
const plain = (address: string): string => address.replace(/^\[|\]$/g, "").replace(/^::ffff:(?=\d+\.)/i, "");

/** What proxies and tunnels say of whom they speak for, besides X-Forwarded-…. */
const forwarding = new Set(["forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"]);

/**
 * Somebody speaks for others, or may: no browser speaks HTTP/1.0, but a proxy that was told nothing but where to go does
 * (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version).
 */
function isForwarded({ httpVersion, headers }: IncomingMessage): boolean {
  return (
    httpVersion === "1.0" || Object.keys(headers).some((name) => name.startsWith("x-forwarded") || forwarding.has(name))
  );
}

/**
 * An entry of X-Forwarded-For; some write the port as well
 * (https://learn.microsoft.com/en-us/azure/application-gateway/how-application-gateway-works).
 */
function forwardedAddress(entry: string): string | undefined {
  const address = plain(/^(\[[^\]]*\]|[\d.]+)(?::\d{1,5})?$/.exec(entry)?.[1] ?? entry);
  return isIP(address) === 0 ? undefined : address;
}

const wildcard = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** Addresses, networks (`10.0.0.0/8`) and the word `loopback`, comma-separated. Raises WebError. */
function parseProxies(setting: string | undefined): BlockList {
  const list = new BlockList();
  for (const entry of (setting ?? "").split(",").map((text) => text.trim())) {
    if (entry === "") continue;
    if (entry === "loopback") {
      list.addSubnet("127.0.0.0", 8, "ipv4");
      list.addAddress("::1", "ipv6");
      continue;
    }
    const [address = "", bits] = entry.split("/");
    const family = isIP(address);
    const most = family === 6 ? 128 : 32;
    const length = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
    if (family === 0 || !(length <= most)) {
      throw new WebError(
        "bad_proxies",
        `TRUSTED_PROXIES: "${entry}" is no address or network, such as 10.0.0.2 or 10.0.0.0/8.`,
      );
    }
    list.addSubnet(address, length, family === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

/** Whether an address is one of a proxy that may speak for others. Raises WebError. */
export function createTrust(trustedProxies: string | undefined): (address: string) => boolean {
  const list = parseProxies(trustedProxies);
  return (address) => contains(list, plain(address));
}

/** One household of IPv6 is a /64, and may change its address within it at will. */
export function networkOf(address: string): string {
  const bare = plain(address);
  return isIPv6(bare) ? expand(bare).slice(0, 4).join(":") : bare;
}

function expand(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: missing }, () => "0"), ...right];
}

function first(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.split(",")[0]?.trim();
}

function hostName(host: string | undefined): string | undefined {
  if (host === undefined || !/^[A-Za-z0-9.:[\]_-]{1,255}$/.test(host)) return undefined;
  try {
    return plain(new URL(`http://${host}`).hostname);
  } catch {
    return undefined;
  }
}

/**
 * A page of another site can make a browser talk to this machine under a name of its own (DNS rebinding), so only names
 * that are ours are answered. A plain address cannot be rebound, and is taken wherever we listen on it.
 */
export function createOriginJudge(options: { host: string; publicUrl?: string; trustedProxies?: string }): OriginJudge {
  const trusted = createTrust(options.trustedProxies);
  const bound = plain(options.host);
  const open = wildcard(bound);
  const publicAddress = options.publicUrl === undefined ? undefined : new URL(options.publicUrl);
  const publicName = publicAddress && plain(publicAddress.hostname);

  function allowed(name: string | undefined): boolean {
    if (name === undefined) return false;
    if (name === "localhost" || name === bound || name === publicName || contains(loopbacks, name)) return true;
    return open && isIP(name) !== 0;
  }

  return (request) => {
    const peer = plain(request.socket.remoteAddress ?? "");
    const behindProxy = trusted(peer);
    const { "x-forwarded-for": forwardedFor, host } = request.headers;
    let address = peer;
    if (behindProxy) {
      const chain = String(forwardedFor ?? "")
        .split(",")
        .map((entry) => forwardedAddress(entry.trim()));
      while (trusted(address)) {
        const before = chain.pop();
        if (before === undefined) break;
        address = before;
      }
    }
    const name = hostName((behindProxy ? first(request.headers["x-forwarded-host"]) : undefined) ?? host);
    const named = name !== undefined && name === publicName;
    // A PUBLIC_URL of this machine itself makes nothing public.
    const isPublic = named && !contains(loopbacks, name) && name !== "localhost";
    const https = behindProxy && first(request.headers["x-forwarded-proto"])?.toLowerCase() === "https";
    return {
      address: networkOf(address),
      loopback: contains(loopbacks, peer) && !isForwarded(request) && !isPublic,
      hostAllowed: allowed(name),
      secure: https || (named && publicAddress?.protocol === "https:"),
    };
  };
}
