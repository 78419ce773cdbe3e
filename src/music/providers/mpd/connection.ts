import { connect, type Socket } from "node:net";
import type { Clock } from "../../../contracts/clock.ts";
import { SegueError } from "../../../contracts/errors.ts";
import type { MpdAddress } from "./address.ts";
import { type Answer, createAnswerReader, ProtocolFault, type Version } from "./answers.ts";
import { type Command, encode } from "./commands.ts";
import { lost, OVER, refusedPassword, SERVICE } from "./errors.ts";

/** One connection: commands go out at once and are answered in their order. It ends at the first thing that is not as it must be. */
export type Connection = {
  readonly open: boolean;
  readonly busy: boolean;
  /** Resolves with what the daemon said, a refusal included. Raises Unavailable when there will be no answer. */
  ask(commands: readonly Command[], options?: AskOptions): Promise<Answer>;
  /** Ends an `idle`: the daemon then answers it at once. */
  interrupt(): void;
  end(why?: SegueError): void;
  /** Resolves, and never rejects, with what ended it. */
  readonly ended: Promise<SegueError>;
};

export type AskOptions = {
  signal?: AbortSignal;
  /** The caller wants it no longer; the connection is kept, and the answer thrown away when it comes. */
  deadlineAt?: number;
  /** After so long without an answer the connection is taken for dead; Infinity for `idle`. */
  withinMs?: number;
  /** Called once the commands are on their way: from then on nobody knows whether they are carried out. */
  sent?: () => void;
};

type Waiting = { settle(answer: Answer): void; fail(error: SegueError): void };

const CONNECT_MS = 3_000;
const ANSWER_MS = 5_000;
/** Asked and not answered: beyond this something is wrong with who asks. */
const MOST_WAITING = 1_000;
const KEEP_ALIVE_MS = 30_000;
/** Positions relative to the current song came with 0.23.3; below it the queue could not be edited safely. */
const OLDEST: Version = [0, 23, 3];
/** ACK_ERROR_PASSWORD, ACK_ERROR_PERMISSION of src/protocol/Ack.hxx. */
const PASSWORD = 3;

/** Raises Unavailable ("connection", "timeout", "malformed", "status"), with "credentials" for a password that is wrong. */
export async function openConnection(
  address: MpdAddress,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  if (signal?.aborted) throw lost("timeout", signal.reason);
  const socket = connect("path" in address ? { path: address.path } : { host: address.host, port: address.port });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const waiting: Waiting[] = [];
  let failure: SegueError | undefined;
  let endWith: (error: SegueError) => void = () => undefined;
  const ended = new Promise<SegueError>((resolve) => {
    endWith = resolve;
  });
  const end = (error: SegueError) => {
    if (failure) return;
    failure = error;
    socket.destroy();
    for (const each of waiting.splice(0)) each.fail(error);
    endWith(error);
  };
  const greeting = new Promise<Version>((resolve) => {
    const reader = createAnswerReader({
      greeted: resolve,
      answered(answer) {
        const first = waiting.shift();
        if (first) first.settle(answer);
        else end(lost("malformed", new ProtocolFault("an answer to nothing")));
      },
    });
    socket.on("data", (chunk: Buffer) => {
      if (failure) return;
      try {
        reader.feed(chunk);
      } catch (error) {
        end(lost("malformed", error));
      }
    });
  });
  socket.on("error", (error) => end(lost("connection", error)));
  socket.on("close", () => end(lost("connection")));

  const ask = createAsk({ clock, socket, waiting, end, failure: () => failure });
  await greet({ greeting, ended, end, clock, signal });
  if (address.password !== undefined) {
    const { ack } = await ask([["password", address.password]], { withinMs: CONNECT_MS });
    if (ack) {
      const error = ack.code === PASSWORD ? refusedPassword() : lost("malformed");
      end(error);
      throw error;
    }
  }
  return {
    get open() {
      return failure === undefined;
    },
    get busy() {
      return waiting.length > 0;
    },
    ask,
    interrupt: () => void (failure === undefined && socket.write("noidle\n")),
    end: (why) => end(why ?? lost("connection")),
    ended,
  };
}

async function greet(parts: {
  greeting: Promise<Version>;
  ended: Promise<SegueError>;
  end(error: SegueError): void;
  clock: Clock;
  signal: AbortSignal | undefined;
}): Promise<void> {
  const { greeting, ended, end, clock, signal } = parts;
  const done = new AbortController();
  const limit = signal ? AbortSignal.any([done.signal, signal]) : done.signal;
  clock.sleep(CONNECT_MS, limit).then(
    () => end(lost("timeout")),
    () => void (signal?.aborted && !done.signal.aborted && end(lost("timeout", signal.reason))),
  );
  const first = await Promise.race([greeting, ended]);
  done.abort(OVER);
  if (first instanceof SegueError) throw first;
  if (isOlder(first, OLDEST)) {
    const error = new SegueError("Unavailable", { service: SERVICE, why: "status" });
    end(error);
    throw error;
  }
}

function isOlder(version: Version, than: Version): boolean {
  const at = version.findIndex((part, index) => part !== than[index]);
  return at >= 0 && (version[at] ?? 0) < (than[at] ?? 0);
}

function createAsk(parts: {
  clock: Clock;
  socket: Socket;
  waiting: Waiting[];
  end(error: SegueError): void;
  failure(): SegueError | undefined;
}): Connection["ask"] {
  const { clock, socket, waiting, end, failure } = parts;
  return async (commands, { signal, deadlineAt, withinMs = ANSWER_MS, sent } = {}) => {
    const text = encode(commands);
    const dead = failure();
    if (dead) throw dead;
    const left = deadlineAt === undefined ? Number.POSITIVE_INFINITY : deadlineAt - clock.now();
    if (signal?.aborted || left <= 0) throw lost("timeout", signal?.reason);
    if (waiting.length >= MOST_WAITING) throw lost("timeout");
    const done = new AbortController();
    // It outlives a caller who gives up, or a dead connection that many give up on would never be found out.
    const answered = new AbortController();
    try {
      return await new Promise<Answer>((resolve, reject) => {
        waiting.push({
          settle(answer) {
            answered.abort(OVER);
            resolve(answer);
          },
          fail(error) {
            answered.abort(OVER);
            reject(error);
          },
        });
        socket.write(text);
        sent?.();
        if (Number.isFinite(withinMs))
          clock.sleep(withinMs, answered.signal).then(
            () => end(lost("timeout")),
            () => undefined,
          );
        if (left < withinMs)
          clock.sleep(left, done.signal).then(
            () => reject(lost("timeout")),
            () => undefined,
          );
        signal?.addEventListener("abort", () => reject(lost("timeout", signal.reason)), { signal: done.signal });
        // An answer that nobody waits for any more must still come, or the connection ends: `waiting` keeps its place.
      });
    } finally {
      done.abort(OVER);
    }
  };
}
