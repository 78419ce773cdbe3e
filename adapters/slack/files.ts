import { z } from "zod";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { FileRef } from "../../src/contracts/incoming.ts";
import type { SlackClient } from "./client.ts";
import { within } from "./deadline.ts";
import { belongs } from "./response-address.ts";

const maxBytes = 25 * 1024 * 1024;
const headersMs = 10_000;

const fileSchema = z.object({
  file: z.object({
    size: z.number().nullish(),
    url_private: z.string().nullish(),
    url_private_download: z.string().nullish(),
  }),
});

/** The bytes of a file somebody posted. It is private to the workspace: the bot's token opens it, at the platform's own address alone. */
export async function fetchFile(
  parts: { client: SlackClient; token: string; apiUrl: string; clock: Clock },
  file: FileRef,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  const found = await parts.client.call("files.info", { file: file.ref }, fileSchema);
  if ((found.file.size ?? 0) > maxBytes) throw tooLarge();
  const url = found.file.url_private_download ?? found.file.url_private;
  if (!url || !belongs(url, parts.apiUrl)) throw new SegueError("NotFound", { what: "file" });
  const response = await within(parts.clock, headersMs, (late) =>
    fetch(url, {
      headers: { authorization: `Bearer ${parts.token}` },
      redirect: "error",
      signal: AbortSignal.any([signal, late]),
    }),
  );
  // Without the right to read files the platform answers with its sign-in page.
  const page = (response.headers.get("content-type") ?? "").startsWith("text/html");
  if (!response.ok || !response.body || page) {
    await response.body?.cancel();
    throw new SegueError("NotFound", { what: "file" });
  }
  let passed = 0;
  return response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        passed += chunk.byteLength;
        if (passed > maxBytes) controller.error(tooLarge());
        else controller.enqueue(chunk);
      },
    }),
  );
}

function tooLarge(): SegueError {
  return new SegueError("InvalidInput", { field: "file", why: "too_large", max: maxBytes });
}
