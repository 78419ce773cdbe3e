import { DateTime } from "luxon";
import type { DigestKind, DigestOwner } from "../../../src/contracts/digests.ts";
import { digestView } from "../../../src/contracts/digests.ts";
import { type ListenerKey, listenerOf } from "../../../src/contracts/listening.ts";
import type { PostState } from "../../../src/contracts/posts.ts";
import type { Store } from "../../../src/contracts/store.ts";
import { createEvents } from "../../../src/core/events.ts";
import { createCompose } from "../../../src/listening/digest/compose.ts";
import { createDigests } from "../../../src/listening/digest/digests.ts";
import { createHistory } from "../../../src/listening/history.ts";
import { createSharing } from "../../../src/listening/sharing.ts";
import { createFakePictures } from "../../fakes/pictures.ts";
import { MINUTE, openLedger, song, watched } from "../../support/ledger.ts";
import { silentLog as log } from "../../support/log.ts";

export const zone = "Europe/Berlin";
export const berlin = (text: string) => DateTime.fromISO(text, { zone }).toMillis();

export type DigestStand = Awaited<ReturnType<typeof openDigests>>;
export type DigestHouse = ReturnType<DigestStand["open"]>;
export type Spot = ReturnType<DigestStand["place"]>;

/** A ledger of its own, and digests over it. */
export async function openDigests() {
  const ledger = await openLedger();
  const { store, clock } = ledger;
  let serial = 0;

  /** A place, people in it, and what was owed to it; built anew over the same store as after a restart. */
  function open(
    change: {
      store?: Store;
      zone?: () => string;
      statistics?: boolean;
      open?: () => boolean;
      /** While something is being made. */
      meanwhile?: () => Promise<void>;
    } = {},
  ) {
    const kept = change.store ?? store;
    const history = createHistory({ store: kept, clock });
    const sharing = createSharing({
      store: kept,
      privateTimes: history.privateTimes,
      hasLeft: async () => false,
      clock,
      log,
    });
    const events = createEvents(log);
    const pictures = createFakePictures();
    const changed: string[] = [];
    const states = new Map<string, PostState>();
    events.on("view.changed", ({ kind, key }) => {
      if (kind === digestView) changed.push(key);
    });
    const compose = createCompose(history);
    let composed = 0;
    const digests = createDigests({
      store: kept,
      compose: async (of) => {
        composed += 1;
        const made = await compose(of);
        await change.meanwhile?.();
        return made;
      },
      posts: {
        // As the posts keep it: the row is what counts, under its key.
        owe: (key, post) => kept.outbox.put({ key, platform: post.place.platform, body: post, dueAt: clock.now() }),
        state: async (key) => states.get(key),
      },
      sharing,
      pictures,
      events,
      scheduler: { wake: () => {} },
      zoneOf: async () => change.zone?.() ?? zone,
      isOpen: async () => change.open?.() ?? true,
      playersOf: async () => [],
      reach: async () => undefined,
      statistics: change.statistics ?? true,
      clock,
      log,
    });
    const [job] = digests.jobs;
    return {
      digests,
      history,
      sharing,
      events,
      pictures,
      changed,
      states,
      composed: () => composed,
      round: async () => job?.run(new AbortController().signal),
    };
  }

  const place = () => ({ platform: "test", tenant: "", id: `hall-${++serial}` });
  const outboxOf = async (keys: readonly string[]) =>
    (await Promise.all(keys.map((key) => store.outbox.get(key)))).filter((row) => row !== undefined);
  const keysOf = async (owner: DigestOwner) =>
    (await store.digests.past(owner, 100)).map(({ key, outcome }) => ({ key, outcome }));

  async function somebody(): Promise<{ personId: string; listener: ListenerKey }> {
    const user = { platform: "test", tenant: "", id: `user-${++serial}` };
    const { id } = await store.people.ensure(user, "Ada", clock.now());
    return { personId: id, listener: listenerOf.person(id) };
  }

  async function hears(listener: ListenerKey, number: number, at: number): Promise<void> {
    await open().history.ledger.record(listener, [watched(song(number), at, at + 3 * MINUTE)]);
  }

  /** Until that time, by the clock that all read. */
  async function until(at: number): Promise<void> {
    await clock.advance(Math.max(0, at - clock.now()));
  }

  const startOf = (kind: DigestKind) => DateTime.fromMillis(clock.now(), { zone }).startOf(kind);
  const dayAhead = (days: number, hour: number) => startOf("day").plus({ days }).set({ hour }).toMillis();

  return {
    store,
    clock,
    open,
    place,
    outboxOf,
    keysOf,
    somebody,
    hears,
    until,
    startOf,
    dayAhead,
    close: () => ledger.close(),
  };
}
