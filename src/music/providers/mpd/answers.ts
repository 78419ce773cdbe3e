/**
 * The daemon's side of the protocol, read as its bytes come. https://mpd.readthedocs.io/en/stable/protocol.html
 * Nothing of it is trusted: lines, answers and numbers of lines have bounds, and what does not fit the grammar is a fault after
 * which the connection is worth nothing.
 */

/** `fields` as the daemon sent them, in order; `binary` is one chunk of a picture. */
export type Part = { fields: (readonly [key: string, value: string])[]; binary?: Buffer };
export type Ack = { code: number; index: number; command: string; message: string };
/** One part per command of a list; those before a refusal are done, and stay done. */
export type Answer = { parts: Part[]; ack?: Ack };

export class ProtocolFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = "ProtocolFault";
  }
}

export type AnswerBounds = { maxBytes: number; maxFields: number };
export const answerBounds: AnswerBounds = { maxBytes: 64 * 1024 * 1024, maxFields: 1_500_000 };

/** A tag may be as long as somebody made it: what is beyond this is dropped as it comes, and never kept. */
export const KEPT_OF_LINE = 8 * 1024;
const MAX_CHUNK = 4 * 1024 * 1024;

const ACK = /^ACK \[(\d{1,5})@(\d{1,7})\] \{([^}]{0,100})\} ?(.*)$/s;
const GREETING = /^OK MPD (\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?/;
const LF = 10;
const COLON = 58;

export type Version = readonly [major: number, minor: number, patch: number];
export type AnswerReader = { feed(chunk: Buffer): void };

/** Calls back once with the version and then with every answer; `feed` raises ProtocolFault. */
export function createAnswerReader(handlers: {
  greeted(version: Version): void;
  answered(answer: Answer): void;
  bounds?: AnswerBounds;
}): AnswerReader {
  const { maxBytes, maxFields } = handlers.bounds ?? answerBounds;
  const keys = new Map<string, string>();
  let greeted = false;
  let line: Buffer[] = [];
  let lineBytes = 0;
  let binary: { into: Buffer; at: number } | undefined;
  /** Behind the bytes of a binary part comes a line end that belongs to nothing. */
  let closing = false;
  let answer: Answer = { parts: [] };
  let part: Part = { fields: [] };
  let listed = false;
  let bytes = 0;
  let count = 0;

  const end = (ack?: Ack) => {
    const parts = ack === undefined && !(listed && isEmpty(part)) ? [...answer.parts, part] : answer.parts;
    const whole: Answer = { parts, ...(ack === undefined ? {} : { ack }) };
    answer = { parts: [] };
    part = { fields: [] };
    listed = false;
    bytes = 0;
    count = 0;
    handlers.answered(whole);
  };

  const field = (raw: Buffer) => {
    const colon = raw.indexOf(COLON);
    if (colon < 1 || colon > 100 || raw[colon + 1] !== 32) throw new ProtocolFault("a line that is no field");
    const name = raw.toString("latin1", 0, colon);
    // The same few names come a million times: one string each.
    const key = keys.get(name) ?? name;
    if (keys.size < 200) keys.set(name, key);
    if (key === "binary") {
      const size = Number(raw.toString("latin1", colon + 2));
      if (!Number.isInteger(size) || size < 0 || size > MAX_CHUNK || part.binary)
        throw new ProtocolFault("a binary part of an impossible size");
      part.binary = Buffer.alloc(size);
      binary = { into: part.binary, at: 0 };
      if (size === 0) {
        binary = undefined;
        closing = true;
      }
      return;
    }
    if (++count > maxFields) throw new ProtocolFault("an answer of too many lines");
    part.fields.push([key, raw.toString("utf8", colon + 2, raw.length)]);
  };

  const take = (raw: Buffer) => {
    if (closing) {
      if (raw.length > 0) throw new ProtocolFault("a binary part that does not end");
      closing = false;
      return;
    }
    if (!greeted) {
      const [, major, minor, patch] = GREETING.exec(raw.toString("latin1", 0, Math.min(raw.length, 100))) ?? [];
      if (major === undefined) throw new ProtocolFault("this is no MPD");
      greeted = true;
      bytes = 0;
      handlers.greeted([Number(major), Number(minor), Number(patch ?? 0)]);
      return;
    }
    if (raw.length === 2 && raw.toString("latin1") === "OK") return end();
    if (raw.length === 7 && raw.toString("latin1") === "list_OK") {
      answer.parts.push(part);
      part = { fields: [] };
      listed = true;
      return;
    }
    if (raw.length > 4 && raw.toString("latin1", 0, 4) === "ACK ") {
      const [, code, index, command = "", message = ""] = ACK.exec(raw.toString("utf8", 0, raw.length)) ?? [];
      if (code === undefined) throw new ProtocolFault("a refusal that cannot be read");
      return end({ code: Number(code), index: Number(index), command, message: message.slice(0, 300) });
    }
    field(raw);
  };

  return {
    feed(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (binary) {
          const taken = chunk.copy(binary.into, binary.at, at);
          at += taken;
          binary.at += taken;
          bytes += taken;
          if (binary.at === binary.into.length) {
            binary = undefined;
            closing = true;
          }
        } else {
          const lf = chunk.indexOf(LF, at);
          const stop = lf < 0 ? chunk.length : lf;
          bytes += stop - at + 1;
          if (stop > at && lineBytes < KEPT_OF_LINE) {
            const kept = chunk.subarray(at, Math.min(stop, at + KEPT_OF_LINE - lineBytes));
            // A copy where the line goes on in another chunk: a slice would keep the whole chunk alive.
            line.push(lf < 0 ? Buffer.from(kept) : kept);
            lineBytes += kept.length;
          }
          at = stop + 1;
          if (lf >= 0) {
            const raw = line.length === 1 && line[0] ? line[0] : Buffer.concat(line);
            line = [];
            lineBytes = 0;
            take(raw);
          }
        }
        if (bytes > maxBytes) throw new ProtocolFault("an answer that does not end");
      }
    },
  };
}

const isEmpty = (part: Part): boolean => part.fields.length === 0 && part.binary === undefined;
