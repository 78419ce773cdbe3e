import type { IncomingMessage, ServerResponse } from "node:http";
import type { Incoming, Place, Sent, UserRef } from "./incoming.ts";
import type { Reply, Visibility } from "./reply.ts";

/** Numbers of the platform, each with the vendor's page in the adapter's README. Infinity where there is no limit. */
export type Limits = {
  text: number;
  buttonsPerRow: number;
  buttons: number;
  options: number;
  /** Bytes a button can carry; what is longer is stored under a short id by core. */
  buttonBytes: number;
  editsPerMinute: number;
  /** The platform gives up when nothing was answered by then. */
  firstAnswerWithinMs: number;
};

/** How the one event being handled is answered. Core calls `defer` when the answer takes longer than a second. */
export interface Answer {
  defer(visibility: Visibility): Promise<void>;
  /**
   * The first call answers; later calls follow up. Where the adapter's `resend` is "key", the first one goes out under the
   * event's own key, so that `send` with that key after a crash does not post it twice.
   */
  reply(reply: Reply): Promise<Sent>;
}

/** A chat platform. An absent optional method IS "not supported"; core falls back. */
export interface Adapter {
  readonly platform: string;
  readonly limits: Limits;
  /** What can be done when nobody knows whether a send arrived. */
  readonly resend: "key" | "readback" | "never";
  /**
   * Resolves when listening. `deliver` resolves once the event is accepted durably and answered; a redelivery resolves at
   * once with nothing said. It rejects when the event could not be accepted (stopping, no database): do not acknowledge it.
   */
  start(deliver: (event: Incoming, answer: Answer) => Promise<void>, signal: AbortSignal): Promise<void>;
  /**
   * Posts; the same `key` must not post twice where `resend` is "key". Where places are seen by several people, a reply of
   * private visibility goes through `sendPrivate`, which such an adapter must have.
   */
  send(to: Place, reply: Reply, key: string): Promise<Sent>;
  edit?(sent: Sent, reply: Reply): Promise<void>;
  sendPrivate?(to: Place, user: UserRef, reply: Reply, key: string): Promise<Sent>;
  /** For transports that share the one web server: the raw request, for the paths it names. */
  listener?: { paths: readonly string[]; handle(request: IncomingMessage, response: ServerResponse): void };
  /** Throws or resolves false when the connection is down; asked by the readiness check. */
  healthy?(): boolean;
  stop?(): Promise<void>;
}
