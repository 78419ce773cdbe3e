import { z } from "zod";
import type { OutgoingFile } from "../../src/contracts/adapter.ts";
import type { Clock } from "../../src/contracts/clock.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { FileRef } from "../../src/contracts/incoming.ts";
import { within } from "../../src/within.ts";
import type { SlackClient } from "./client.ts";
import { belongs } from "./response-address.ts";

const maxBytes = 25 * 1024 * 1024;
const headersMs = 10_000;
const uploadMs = 20_000;

const addressSchema = z.object({ upload_url: z.string(), file_id: z.string().min(1) });
const anything = z.object({});

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
  const response = await within(parts.clock, headersMs, "slack", (late) =>
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

/**
 * Puts a file of ours into a chat, in the platform's three steps (https://docs.slack.dev/messaging/working-with-files#uploading_files):
 * an address, the bytes there, and where they are shown. Resolves with the file's id.
 */
export async function sendFile(
  parts: { client: SlackClient; apiUrl: string; clock: Clock },
  channel: string,
  { name, bytes, mediaType, text }: OutgoingFile,
): Promise<string> {
  const { client, apiUrl, clock } = parts;
  const wanted = { filename: name, length: bytes.byteLength };
  const { upload_url: url, file_id: id } = await client.call("files.getUploadURLExternal", wanted, addressSchema);
  if (!belongs(url, apiUrl)) throw new SegueError("Unavailable", { service: "slack", why: "malformed" });
  const { ok, status } = await within(clock, uploadMs, "slack", async (signal) => {
    const body = new Blob([new Uint8Array(bytes)], { type: mediaType });
    const response = await fetch(url, { method: "POST", body, redirect: "error", signal }).catch(() => {
      throw new SegueError("Unavailable", { service: "slack", why: "connection" });
    });
    await response.body?.cancel();
    return response;
  });
  if (!ok) throw new SegueError("Unavailable", { service: "slack", why: "status", status });
  await client.call(
    "files.completeUploadExternal",
    { files: JSON.stringify([{ id, title: name }]), channel_id: channel, initial_comment: text },
    anything,
  );
  return id;
}

function tooLarge(): SegueError {
  return new SegueError("InvalidInput", { field: "file", why: "too_large", max: maxBytes });
}
