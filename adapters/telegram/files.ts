import { InputFile } from "grammy";
import type { OutgoingFile } from "../../src/contracts/adapter.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { FileRef, Sent, UserRef } from "../../src/contracts/incoming.ts";
import type { Client } from "./client.ts";
import type { Pace } from "./pace.ts";
import { platform, sentOf } from "./sent.ts";

const maxBytes = 25_000_000;
/** https://core.telegram.org/bots/api#getfile: bots get files of at most 20 MB. */
export const telegramMaxBytes = 20_000_000;
const uploadMs = 25_000;

/** Raises as `Adapter.fetchFile` says, or `Refused`. */
export async function fetchFile(
  client: Client,
  file: FileRef,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array>> {
  if ((file.bytes ?? 0) > telegramMaxBytes) throw tooBig();
  const { file_path, file_size } = await client.call((raw, ends) => raw.getFile({ file_id: file.ref }, ends), {
    signal,
  });
  if ((file_size ?? 0) > maxBytes) throw tooBig();
  if (file_path === undefined) throw new SegueError("NotFound", { what: "file" });
  const response = await client.download(file_path, signal);
  if (response.status === 404) throw new SegueError("NotFound", { what: "file" });
  if (!response.ok || !response.body)
    throw new SegueError("Unavailable", { service: "telegram", why: "status", status: response.status });
  return response.body.pipeThrough(atMost(maxBytes));
}

/** Into the person's private chat. Raises `Refused`, also where they have not begun one. */
export async function sendFile(
  { client, pace }: { client: Client; pace: Pace },
  user: UserRef,
  { name, bytes, text }: OutgoingFile,
): Promise<Sent> {
  const { message_id } = await pace.run({
    chat: user.id,
    group: false,
    task: () =>
      client.call(
        (raw, signal) =>
          raw.sendDocument({ chat_id: user.id, document: new InputFile(bytes, name), caption: text }, signal),
        { withinMs: uploadMs },
      ),
  });
  return sentOf({ platform, tenant: "", id: user.id }, { kind: "passing", message: String(message_id) });
}

function tooBig(): SegueError {
  return new SegueError("InvalidInput", { field: "file", why: "too_large", max: telegramMaxBytes });
}

function atMost(max: number): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > max) controller.error(tooBig());
      else controller.enqueue(chunk);
    },
  });
}
