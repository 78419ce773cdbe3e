import { SegueError } from "../../src/contracts/errors.ts";
import type { FileRef } from "../../src/contracts/incoming.ts";

const maxBytes = 25 * 1024 * 1024;
const hosts = new Set(["cdn.discordapp.com", "media.discordapp.net"]);

/**
 * The bytes of an attachment, from Discord's own servers alone: nothing else is ever fetched on a message's word. Its address
 * is signed and good for a day (https://docs.discord.com/developers/reference#signed-attachment-cdn-urls).
 */
export async function fetchAttachment(
  file: FileRef,
  signal: AbortSignal,
  apiUrl: string | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const url = URL.parse(file.ref);
  const own = apiUrl && url?.origin === new URL(apiUrl).origin;
  if (!url || !(own || (url.protocol === "https:" && hosts.has(url.hostname))))
    throw new SegueError("NotFound", { what: "file" });
  if ((file.bytes ?? 0) > maxBytes) throw new SegueError("InvalidInput", { why: "too_large", field: "file" });
  let response: Response;
  try {
    response = await fetch(url, { signal, redirect: "error" });
  } catch {
    // The address is signed: neither it nor the error around it goes on.
    throw new SegueError("Unavailable", { service: "discord", why: signal.aborted ? "timeout" : "connection" });
  }
  const announced = Number(response.headers.get("content-length") ?? 0);
  if (!response.ok || !response.body || announced > maxBytes) {
    await response.body?.cancel();
    if (announced > maxBytes) throw new SegueError("InvalidInput", { why: "too_large", field: "file" });
    if (response.status >= 500)
      throw new SegueError("Unavailable", { service: "discord", why: "status", status: response.status });
    throw new SegueError("NotFound", { what: "file" });
  }
  return response.body.pipeThrough(atMost(maxBytes));
}

function atMost(limit: number): TransformStream<Uint8Array, Uint8Array> {
  let read = 0;
  return new TransformStream({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > limit) controller.error(new SegueError("InvalidInput", { why: "too_large", field: "file" }));
      else controller.enqueue(chunk);
    },
  });
}
