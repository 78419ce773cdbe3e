import type { IncomingHttpHeaders } from "node:http";

/** A request, read to its end. */
export interface Exchange {
  readonly method: string;
  /** Decoded once by the URL parser; dots are already resolved. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(value),
  };
}

export function text(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers }, body };
}

export function html(status: number, body: string, headers: Record<string, string> = {}): Reply {
  return { status, headers: { "content-type": "text/html; charset=utf-8", ...headers }, body };
}

export function empty(status: number, headers: Record<string, string> = {}): Reply {
  return { status, headers };
}

/** Thrown anywhere below a route: the answer is `reply`. */
export class Refused extends Error {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = "Refused";
    this.reply = reply;
  }
}

/** The Web API's error object; `reason` only where the platform gives one. */
export function refuse(status: number, message: string, reason?: string): Refused {
  return new Refused(json(status, { error: { status, message, ...(reason === undefined ? {} : { reason }) } }));
}
