import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** As much of a WebSocket server (RFC 6455) as Socket Mode needs: whole text frames, ping, close. */
export interface Socket {
  send(message: unknown): void;
  /** One frame of text, or of bytes, as it is. */
  raw(payload: string | Buffer): void;
  /** Writes bytes below the frames. */
  bytes(bytes: Buffer): void;
  /** From now on it neither says nor hears anything, as when a cable is pulled. */
  hush(): void;
  /** With a goodbye, or as when a cable is pulled. */
  close(how: "goodbye" | "cut"): void;
}

const accepting = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const codes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 };

export function acceptSocket(
  request: IncomingMessage,
  stream: Duplex,
  on: { message(value: unknown): void; closed(): void },
): Socket {
  const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${accepting}`).digest("base64");
  stream.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\n\r\n`,
  );
  let waiting = Buffer.alloc(0);
  let still = false;
  stream.on("data", (chunk: Buffer) => {
    if (still) return;
    waiting = Buffer.concat([waiting, chunk]);
    for (let frame = nextFrame(waiting); frame; frame = nextFrame(waiting)) {
      waiting = waiting.subarray(frame.size);
      if (frame.code === codes.text) on.message(JSON.parse(frame.payload.toString()));
      else if (frame.code === codes.ping) write(codes.pong, frame.payload);
      // The connection stays open after the goodbyes, as the platform leaves it.
      else if (frame.code === codes.close) write(codes.close, frame.payload);
    }
  });
  stream.on("error", () => stream.destroy());
  // Whoever hung up is not waited for.
  stream.on("end", () => stream.end());
  stream.on("close", on.closed);

  function write(code: number, payload: Buffer): void {
    if (still || stream.destroyed || !stream.writable) return;
    const { length } = payload;
    const head =
      length < 126
        ? Buffer.from([0x80 | code, length])
        : length < 65_536
          ? Buffer.from([0x80 | code, 126, length >> 8, length & 0xff])
          : Buffer.concat([Buffer.from([0x80 | code, 127]), big(length)]);
    stream.write(Buffer.concat([head, payload]));
  }

  return {
    send: (message) => write(codes.text, Buffer.from(JSON.stringify(message))),
    raw: (payload) => write(typeof payload === "string" ? codes.text : codes.binary, Buffer.from(payload)),
    bytes: (bytes) => void stream.write(bytes),
    hush() {
      still = true;
    },
    close(how) {
      if (how === "cut") stream.destroy();
      else write(codes.close, Buffer.from([0x03, 0xe8]));
    },
  };
}

function nextFrame(bytes: Buffer): { code: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const [first = 0, second = 0] = bytes;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const start = 2 + lengthBytes + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (masked) for (let at = 0; at < length; at++) payload[at] = (payload[at] ?? 0) ^ (bytes[start - 4 + (at % 4)] ?? 0);
  return { code: first & 0x0f, payload, size: start + length };
}

function big(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
