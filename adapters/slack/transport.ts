import type { IncomingMessage, ServerResponse } from "node:http";

/** Takes a body of the platform: resolves when it may be acknowledged, rejects when the platform should send it again. */
export type Receive = (body: unknown) => Promise<void>;

/** How the platform's events arrive. */
export interface Transport {
  /** Resolves when events can arrive; raises when they cannot. Called again after `ended`. */
  connect(receive: Receive): Promise<Connection>;
  listener?: { paths: readonly string[]; handle(request: IncomingMessage, response: ServerResponse): void };
}

export interface Connection {
  /** Resolves when nothing arrives any more, with the platform's own word for why where it says one. */
  ended: Promise<string | undefined>;
  close(): void;
}
