import type { IncomingMessage } from "node:http";
import { Refused, text } from "./exchange.ts";

/** Above the 256 KB that a playlist's picture may have; nothing else comes near. */
const MOST_BYTES = 512 * 1024;

/** The whole body; 413 once it is more than the platform would read. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Left open when it is too much, so that the refusal can still be sent.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Refused(text(413, "Payload Too Large", { connection: "close" }));
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}
