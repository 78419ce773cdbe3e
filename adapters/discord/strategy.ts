import { type ClientOptions, SimpleShardingStrategy } from "discord.js";
import type { Log } from "../../src/contracts/log.ts";

type Build = NonNullable<NonNullable<ClientOptions["ws"]>["buildStrategy"]>;
type Manager = Parameters<Build>[0];
/** The names of its events are not exported with their types. */
type Emitter = { on(event: "hello" | "closed", listener: (of: { shardId: number; code?: number }) => void): unknown };

/** What the library says of a connection that ended without a word of the other side. */
const cut = 1006;
/** With the pauses between them about two minutes; by then the gateway has forgotten most sessions, and its address may be another. */
const mostMisses = 8;

/**
 * Stands before the library (@discordjs/ws 1.2.3) where it errs.
 *
 * - It gives a session up as soon as the gateway cannot be reached, and with it all that is said until it can: the session is kept, so
 *   that it is resumed. Where that is refused it begins anew by itself.
 * - A packet that is not as promised makes it raise in a promise that nobody holds, which would end the program.
 *
 * Each attempt to connect passes the gate.
 */
export function createStrategy(
  manager: Manager,
  { gate, log }: { gate(shard: number): Promise<void>; log: Log },
): ReturnType<Build> {
  const { retrieveSessionInfo, updateSessionInfo } = manager.options;
  /** Per shard: whether the gateway was heard on the present connection, and attempts on which it was not. */
  const lines = new Map<number, { heard: boolean; misses: number }>();
  const lineOf = (id: number) => {
    const line = lines.get(id) ?? { heard: false, misses: 0 };
    lines.set(id, line);
    return line;
  };
  const events = manager as unknown as Emitter;
  events.on("hello", ({ shardId }) => Object.assign(lineOf(shardId), { heard: true, misses: 0 }));
  events.on("closed", ({ shardId, code }) => {
    if (code === cut) lineOf(shardId).heard = false;
  });
  manager.options.retrieveSessionInfo = async (id) => {
    await gate(id);
    return retrieveSessionInfo(id);
  };
  manager.options.updateSessionInfo = async (id, session) => {
    const line = lineOf(id);
    if (session === null && !line.heard && line.misses < mostMisses) {
      line.misses += 1;
      return;
    }
    await updateSessionInfo(id, session);
  };
  return new (class extends SimpleShardingStrategy {
    override async spawn(ids: number[]): Promise<void> {
      await super.spawn(ids);
      const shards: unknown = Reflect.get(this, "shards");
      if (shards instanceof Map) for (const shard of shards.values()) guard(shard, log);
    }
  })(manager);
}

function guard(shard: object, log: Log): void {
  const hear: unknown = Reflect.get(shard, "onMessage");
  if (typeof hear !== "function") throw new TypeError("the gateway's library has changed");
  Reflect.set(shard, "onMessage", async (...frame: unknown[]) => {
    try {
      await hear.apply(shard, frame);
    } catch (error) {
      // Only the kind of it: the message may quote what was sent.
      log.warn({ why: error instanceof Error ? error.name : "unknown" }, "a packet of the gateway could not be read");
    }
  });
}
