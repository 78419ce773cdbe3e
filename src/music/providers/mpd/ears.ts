import type { Clock } from "../../../contracts/clock.ts";
import type { SegueError } from "../../../contracts/errors.ts";
import type { Log } from "../../../contracts/log.ts";
import type { MpdAddress } from "./address.ts";
import { type Connection, openConnection } from "./connection.ts";
import { codedOf, lost, OVER, Refused, refusedPassword } from "./errors.ts";

/** Subsystems as `idle` names them: https://mpd.readthedocs.io/en/stable/protocol.html#command-idle */
export type Subsystem = string;

/**
 * The connection that only listens: the daemon answers `idle` when something has changed, and remembers changes while it is not
 * asked. It is opened again, ever more slowly, for as long as the provider lives.
 */
export type Ears = {
  readonly hearing: boolean;
  /** Why it was not heard the last time that it was tried. */
  readonly unheard: string | undefined;
  /** What could be used the last time it was asked; undefined before the first time. */
  readonly commands: ReadonlySet<string> | undefined;
  /** Calls back until it is taken off again; `lost` once when nothing is heard any more. */
  listen(ear: {
    heard(changed: ReadonlySet<Subsystem>): void;
    lost(error: SegueError): void;
    /** It is heard, for the first time or again. */
    connected?(): void;
  }): () => void;
  stop(): Promise<void>;
};

const heardOf = ["player", "mixer", "options", "output", "playlist", "database", "stored_playlist", "update"];
const AGAIN_MS = [200, 1_000, 3_000, 10_000, 30_000];
/** So long it must have been heard before the next attempt is made as soon as the first one. */
const SETTLED_MS = 10_000;
/** A line that was cut without a word looks like silence: the daemon is asked for a sign of life. */
const PROBE_MS = 60_000;
const PROBE_WITHIN_MS = 5_000;

export function createEars(parts: {
  address: MpdAddress;
  clock: Clock;
  log: Log;
  /** A fresh connection: whatever may have been missed must be read anew. */
  connected(): void;
}): Ears {
  const { address, clock, log, connected } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const ears = new Set<Parameters<Ears["listen"]>[0]>();
  let hearing = false;
  let unheard: string | undefined;
  let heardAt = 0;
  let settled = false;
  let commands: ReadonlySet<string> | undefined;

  const idle = async (connection: Connection): Promise<void> => {
    const answer = connection.ask([["idle", ...heardOf]], { withinMs: Number.POSITIVE_INFINITY });
    const done = new AbortController();
    const probe = clock
      .sleep(PROBE_MS, AbortSignal.any([signal, done.signal]))
      .then(async () => {
        connection.interrupt();
        await clock.sleep(PROBE_WITHIN_MS, AbortSignal.any([signal, done.signal]));
        connection.end(lost("timeout"));
      })
      .catch(() => undefined);
    try {
      const { parts: answers, ack } = await answer;
      if (ack) throw new Refused(ack, []);
      settled = true;
      const changed = new Set(answers[0]?.fields.flatMap(([key, value]) => (key === "changed" ? [value] : [])) ?? []);
      if (changed.size > 0) for (const ear of [...ears]) ear.heard(changed);
    } finally {
      done.abort(OVER);
      await probe;
    }
  };

  const hear = async (): Promise<void> => {
    const connection = await openConnection(address, clock, signal);
    const end = () => connection.end();
    signal.addEventListener("abort", end, { once: true });
    try {
      const { parts: answers, ack } = await connection.ask([["commands"]]);
      if (!ack) commands = new Set(answers[0]?.fields.map(([, value]) => value));
      // Who needs a password and gave none is told so only by what is missing here.
      if (commands && !commands.has("idle")) throw refusedPassword();
      hearing = true;
      heardAt = clock.now();
      connected();
      for (const ear of [...ears]) ear.connected?.();
      while (!signal.aborted) await idle(connection);
    } finally {
      signal.removeEventListener("abort", end);
      connection.end();
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      try {
        await hear();
      } catch (error) {
        const code = codedOf(error);
        if (settled || (hearing && clock.now() - heardAt >= SETTLED_MS)) failures = 0;
        settled = false;
        hearing = false;
        for (const ear of [...ears]) ear.lost(code);
        if (signal.aborted) return;
        const why = "why" in code.details ? code.details.why : code.code;
        unheard = why;
        if (failures === 0) log.warn({ service: "mpd", why }, "the player is not heard");
      }
      const most = AGAIN_MS[Math.min(failures++, AGAIN_MS.length - 1)] ?? 0;
      await clock.sleep(most * (0.75 + Math.random() / 2), signal).catch(() => undefined);
    }
  };
  const running = run();

  return {
    get hearing() {
      return hearing;
    },
    get unheard() {
      return unheard;
    },
    get commands() {
      return commands;
    },
    listen(ear) {
      ears.add(ear);
      return () => void ears.delete(ear);
    },
    async stop() {
      stopping.abort(new Error("stopped"));
      await running;
    },
  };
}
