import type { Clock } from "../contracts/clock.ts";
import type { Events } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";
import type { MusicProvider } from "../contracts/music.ts";
import type { Job } from "../contracts/scheduler.ts";
import type { SlotPerson, SlotRow, SlotStanding, Slots } from "../contracts/slots.ts";
import type { Store } from "../contracts/store.ts";

export type SlotsPart = {
  slots: Slots;
  /** Asks operators, and tells whoever was let in, where they could not be reached before. */
  job: Job;
  start(): void;
  stop(): void;
};

const AGAIN_MS = 60 * 60_000;

/**
 * Who has one of the places that a provider gives to an app, and who waits for one. A place is given by the operator's hand, on the
 * provider's own page: they are told of each who waits, in their order, and say here when it is done.
 */
export function createSlots(parts: {
  /** How many accounts an app may link, by provider; a provider that is not here has no limit. */
  places: ReadonlyMap<string, number>;
  providers: ReadonlyMap<string, Pick<MusicProvider, "name">>;
  store: Pick<Store, "slots" | "accounts" | "people">;
  events: Events;
  clock: Clock;
  log: Log;
}): SlotsPart {
  const { places, providers, store, events, clock, log } = parts;
  const undo: (() => void)[] = [];
  const nameOf = (provider: string) => providers.get(provider)?.name ?? provider;
  const calledOf = async (personId: string) => (await store.people.identities(personId))[0]?.name ?? "?";

  async function takenOf(provider: string): Promise<SlotPerson[]> {
    const rows = await store.accounts.all(provider);
    return Promise.all(
      rows.map(async ({ personId, createdAt }) => ({ personId, name: await calledOf(personId), sinceAt: createdAt })),
    );
  }

  /** Places that people have or were given, and who still waits. Whoever linked just before a crash is in no list any more. */
  async function listOf(provider: string): Promise<{ held: number; waiting: SlotRow[]; ready: SlotRow[] }> {
    const [accounts, rows] = await Promise.all([store.accounts.all(provider), store.slots.of(provider)]);
    const linked = new Set(accounts.map(({ personId }) => personId));
    const left = rows.filter(({ personId }) => linked.has(personId));
    await Promise.all(left.map(({ id }) => store.slots.remove(id)));
    const there = rows.filter(({ personId }) => !linked.has(personId));
    const ready = there.filter(({ state }) => state === "ready");
    const waiting = there.filter(({ state }) => state === "waiting");
    return { held: accounts.length + ready.length, waiting, ready };
  }

  /** To every operator; whoever is reached first makes it told. */
  async function tellOperators(row: SlotRow): Promise<void> {
    const total = places.get(row.provider);
    const { held: taken, waiting } = await listOf(row.provider);
    const operators = await store.people.operators();
    if (operators.length === 0)
      log.warn({ provider: row.provider }, "somebody waits for a place, and nobody runs this bot");
    for (const operator of operators)
      events.emit({
        type: "person.needed",
        personId: operator.id,
        key: `slot:${row.id}:${operator.id}:${clock.now()}`,
        words: {
          skill: "slots",
          key: "operator.ask",
          values: {
            userName: await calledOf(row.personId),
            provider: nameOf(row.provider),
            total: total ?? 0,
            taken,
            full: String(total !== undefined && taken >= total),
            before: Math.max(
              0,
              waiting.findIndex(({ id }) => id === row.id),
            ),
          },
        },
        buttons: [
          { label: "button.let_in", intent: "slots.let_in", slots: { entry: row.id } },
          { label: "button.not", intent: "slots.leave", slots: { entry: row.id } },
        ],
        told: () => store.slots.setTold(row.id, clock.now()),
      });
  }

  /** To whoever was let in. Until they were reached, it is said again. */
  function tellReady({ id, personId, provider }: SlotRow): void {
    events.emit({
      type: "person.needed",
      personId,
      key: `slot-ready:${id}:${clock.now()}`,
      words: { skill: "slots", key: "ready", values: { provider: nameOf(provider) } },
      buttons: [{ label: "button.link", intent: "account.link", slots: { provider } }],
      told: () => store.slots.setTold(id, clock.now()),
    });
  }

  async function askAgain(): Promise<void> {
    for (const provider of places.keys()) {
      const { waiting, ready } = await listOf(provider);
      for (const row of waiting) if (row.toldAt === undefined) await tellOperators(row);
      for (const row of ready) if (row.toldAt === undefined) tellReady(row);
    }
  }

  /** A place has become free: the operator hears of whoever waits for it the longest. */
  async function freed(provider: string): Promise<void> {
    const total = places.get(provider);
    if (total === undefined) return;
    const { held, waiting } = await listOf(provider);
    const [first] = waiting;
    if (!first || held >= total) return;
    await store.slots.setTold(first.id, undefined);
    await tellOperators(first);
  }

  async function standing(provider: string, total: number): Promise<SlotStanding> {
    const rows = await store.slots.of(provider);
    const waiting = await Promise.all(
      rows.map(async ({ id, personId, state, askedAt }) => ({
        id,
        state,
        personId,
        name: await calledOf(personId),
        sinceAt: askedAt,
      })),
    );
    return { provider, providerName: nameOf(provider), total, taken: await takenOf(provider), waiting };
  }

  const slots: Slots = {
    standings: () =>
      Promise.all(
        [...places].filter(([provider]) => providers.has(provider)).map(([id, total]) => standing(id, total)),
      ),

    async mayLink(personId, provider) {
      const total = places.get(provider);
      if (total === undefined) return undefined;
      const [accounts, waiting] = await Promise.all([store.accounts.all(provider), store.slots.of(provider)]);
      if (accounts.some((account) => account.personId === personId)) return true;
      if (waiting.some((row) => row.personId === personId && row.state === "ready")) return true;
      // Places that were made for others are theirs.
      return accounts.length + waiting.filter(({ state }) => state === "ready").length < total;
    },

    async ask(personId, provider) {
      const row = await store.slots.put({ personId, provider, askedAt: clock.now() });
      // Let in, and refused by the provider all the same: the operator's word was not enough.
      const again = row.state === "ready" && (await store.slots.setState(row.id, "waiting"));
      if (again) await store.slots.setTold(row.id, undefined);
      const waiting = (await store.slots.of(provider)).filter(({ state }) => state === "waiting");
      if (again || row.toldAt === undefined) await tellOperators({ ...row, state: "waiting" });
      return {
        before: Math.max(
          0,
          waiting.findIndex(({ id }) => id === row.id),
        ),
      };
    },

    async letIn(id) {
      const row = await store.slots.get(id);
      if (row?.state !== "waiting") return undefined;
      // First, so that a crash in between leaves nobody who was let in and never hears of it.
      await store.slots.setTold(id, undefined);
      if (!(await store.slots.setState(id, "ready"))) return undefined;
      tellReady(row);
      return { personId: row.personId, name: await calledOf(row.personId), sinceAt: row.askedAt };
    },

    async leave(who) {
      if ("id" in who) return store.slots.remove(who.id);
      const row = (await store.slots.of(who.provider)).find(({ personId }) => personId === who.personId);
      return row !== undefined && store.slots.remove(row.id);
    },
  };

  return {
    slots,
    job: {
      name: "slots.ask",
      async run() {
        await askAgain();
        return { againInMs: AGAIN_MS };
      },
    },
    start() {
      undo.push(
        events.on("link.created", async ({ personId, provider }) => void (await slots.leave({ personId, provider }))),
        events.on("link.removed", ({ provider }) => freed(provider)),
      );
    },
    stop() {
      for (const each of undo.splice(0)) each();
    },
  };
}
