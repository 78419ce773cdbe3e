import type { Clock } from "../../../contracts/clock.ts";
import { isSegueError, SegueError } from "../../../contracts/errors.ts";
import type { CallOptions } from "../../../contracts/music.ts";
import type { MpdAddress } from "./address.ts";
import type { Part } from "./answers.ts";
import type { Command } from "./commands.ts";
import { type Connection, openConnection } from "./connection.ts";
import { lost, OVER, Refused } from "./errors.ts";

/**
 * A connection for commands that is there when it is needed. Reads are asked once more when the connection turns out to be dead;
 * writes never, since nobody knows whether they were carried out: that is what they raise then.
 */
export type Line = {
  /** The parts, one per command. Raises Refused, or a coded error. */
  read(commands: readonly Command[], options?: LineOptions): Promise<Part[]>;
  /** Raises Unconfirmed, too, where the commands were sent and no whole answer came. */
  write(commands: readonly Command[], options?: LineOptions): Promise<Part[]>;
  stop(): void;
};
export type LineOptions = Pick<CallOptions, "signal" | "deadlineAt"> & { withinMs?: number };

/** The daemon ends a connection that is silent for a minute (`connection_timeout`): it is left before it can be pulled away. */
const SILENT_MS = 20_000;

export function createLine({ address, clock }: { address: MpdAddress; clock: Clock }): Line {
  const stopping = new AbortController();
  let connection: Connection | undefined;
  let opening: Promise<Connection> | undefined;
  let usedAt = 0;

  const ready = (): Connection | undefined =>
    connection?.open && (connection.busy || clock.now() - usedAt < SILENT_MS) ? connection : undefined;

  const connected = async (): Promise<Connection> => {
    if (stopping.signal.aborted) throw lost("connection");
    connection?.end();
    opening ??= openConnection(address, clock, stopping.signal)
      .then((opened) => {
        connection = opened;
        usedAt = clock.now();
        return opened;
      })
      .finally(() => {
        opening = undefined;
      });
    return opening;
  };

  const ask = async (commands: readonly Command[], options: LineOptions, sent?: () => void): Promise<Part[]> => {
    if (commands.length === 0) return [];
    if (options.signal?.aborted) throw lost("timeout", options.signal.reason);
    // Sent before the caller goes on where it can be: the daemon answers while something else is done here.
    const found = ready() ?? (await inTime(connected(), options, clock));
    usedAt = clock.now();
    const { parts, ack } = await found.ask(commands, { ...options, ...(sent ? { sent } : {}) });
    usedAt = clock.now();
    if (ack) throw new Refused(ack, parts);
    if (parts.length !== commands.length) {
      const error = lost("malformed");
      found.end(error);
      throw error;
    }
    return parts;
  };

  return {
    async read(commands, options = {}) {
      const before = connection;
      try {
        return await ask(commands, options);
      } catch (error) {
        const pulledAway = isLost(error) && before !== undefined && before === connection && !before.open;
        if (!pulledAway || stopping.signal.aborted) throw error;
        return ask(commands, options);
      }
    },
    async write(commands, options = {}) {
      let sent = false;
      try {
        return await ask(commands, options, () => {
          sent = true;
        });
      } catch (error) {
        if (!sent || !isSegueError(error, "Unavailable")) throw error;
        throw new SegueError("Unconfirmed", { action: `mpd.${commands.at(-1)?.[0] ?? ""}` }, { cause: error });
      }
    },
    stop() {
      stopping.abort(new Error("stopped"));
      connection?.end();
    },
  };
}

const isLost = (error: unknown): boolean => isSegueError(error, "Unavailable") && error.details.why === "connection";

/** Connecting is shared by all who wait for it; one who gives up leaves it to the others. */
async function inTime<T>(promise: Promise<T>, { signal, deadlineAt }: LineOptions, clock: Clock): Promise<T> {
  if (!signal && deadlineAt === undefined) return promise;
  const done = new AbortController();
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(lost("timeout", signal.reason)), { signal: done.signal });
        if (deadlineAt !== undefined)
          clock.sleep(Math.max(0, deadlineAt - clock.now()), done.signal).then(
            () => reject(lost("timeout")),
            () => undefined,
          );
      }),
    ]);
  } finally {
    done.abort(OVER);
  }
}

/** Fields of one part as records: each begins with one of `starts`. Keys as the daemon writes them; several values of one key are kept. */
export function recordsOf(part: Part | undefined, starts: readonly string[]): Map<string, string[]>[] {
  const records: Map<string, string[]>[] = [];
  let record: Map<string, string[]> | undefined;
  for (const [key, value] of part?.fields ?? []) {
    if (starts.includes(key)) {
      record = new Map();
      records.push(record);
    }
    const values = record?.get(key);
    if (values) values.push(value);
    else record?.set(key, [value]);
  }
  return records;
}

export function fieldsOf(part: Part | undefined): Map<string, string> {
  return new Map(part?.fields);
}
