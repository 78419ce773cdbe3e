import type { IncomingMessage } from "node:http";

export type Args = Record<string, unknown>;
export type Upload = { name: string; bytes: Buffer };

/** Parameters as JSON or multipart/form-data, where a file is named by "attach://": https://core.telegram.org/bots/api#sending-files */
export async function readBody(request: IncomingMessage): Promise<{ args: Args; files: Map<string, Upload> }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const boundary = /boundary=(\S+)/.exec(request.headers["content-type"] ?? "")?.[1];
  const files = new Map<string, Upload>();
  if (boundary === undefined) return { args: body.length > 0 ? (JSON.parse(body.toString()) as Args) : {}, files };
  const args: Args = {};
  // Latin-1 keeps every byte, so that parts can be cut as text.
  for (const part of body.toString("latin1").split(`--${boundary}`).slice(1, -1)) {
    const split = part.indexOf("\r\n\r\n");
    const head = part.slice(0, split);
    const value = Buffer.from(part.slice(split + 4).replace(/\r\n$/, ""), "latin1");
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? "";
    const file = /filename=("?)([^";\r\n]*)\1/.exec(head)?.[2];
    if (file !== undefined) files.set(name, { name: file, bytes: value });
    else args[name] = loose(value.toString("utf8"));
  }
  return { args, files };
}

function loose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
