import { LRUCache } from "lru-cache";
import type { Accounts } from "../contracts/accounts.ts";
import type { Adapter } from "../contracts/adapter.ts";
import type { Clock } from "../contracts/clock.ts";
import { companyViews } from "../contracts/company.ts";
import { isSegueError } from "../contracts/errors.ts";
import type { Events } from "../contracts/events.ts";
import type { Place, Sent } from "../contracts/incoming.ts";
import type { Log } from "../contracts/log.ts";
import type { ViewRow } from "../contracts/message-store.ts";
import type { Orchestrator } from "../contracts/player.ts";
import { type Reply, say } from "../contracts/reply.ts";
import type { Store } from "../contracts/store.ts";
import { within } from "../within.ts";
import { alike } from "./alike.ts";
import type { Asking, ToldZones } from "./asking.ts";
import type { Tally } from "./bot-parts.ts";
import type { Courtesy } from "./courtesy.ts";
import { createDrawView, nobody, type Subject } from "./draw-view.ts";
import { createEditTurns } from "./edit-turns.ts";
import type { I18n } from "./i18n.ts";
import { createLateEdits } from "./late-edits.ts";
import { leadOf, wholeOf } from "./lead.ts";
import type { Places } from "./places.ts";
import type { Registry } from "./registry.ts";
import type { ViewServices } from "./services.ts";
import { joinTimes } from "./times.ts";
import { newId } from "./wishes.ts";

const lifetimeMs = 24 * 60 * 60 * 1000;
/** What a place was shown unasked can be taken back for so long. */
const postedForMs = 30 * lifetimeMs;
const maxFailures = 3;
/** Before the second and the third try: a platform that restarts is there again by then. */
const pausesMs = [2_000, 6_000];
/** A platform that hangs holds up the one message, and that for so long. */
const editWithinMs = 10_000;

/** Blocks that act, or move by themselves. */
const alive = new Set(["buttons", "select", "progress"]);

/** What they say of others can be taken back in each message that says it, not in the newest alone. */
const ofOthers: ReadonlySet<string> = new Set(Object.values(companyViews));

/** Messages that change by themselves. */
export interface Views {
  /** Remembers that `sent` shows a subject. An older message of the person's that shows the same thing in that place is let go, unless it tells of others. */
  register(
    view: { kind: string; key: string },
    sent: Sent,
    reply: Reply,
    /** Without a person it is the place's own. */
    asking: { person?: Pick<Asking["person"], "id">; locale: string },
    /** Under which it is found again; another one each time where it is absent. */
    id?: string,
  ): Promise<void>;
  /** Whether that message shows the subject, and will show what becomes of it. */
  shows(view: { kind: string; key: string }, sent: Sent): Promise<boolean>;
  /** The replies of several steps with the last view drawn anew, where a later step may have changed its subject. */
  current(replies: readonly Reply[], asking: Asking): Promise<readonly Reply[]>;
  /** Renders every message that shows the subject anew. Resolves when all are up to date or given up. */
  refresh(kind: string, key: string): Promise<void>;
  /** How the subject looks to its person, or its place, now, for a message that nobody asked for. */
  draw(row: Subject, place: Place): Promise<Reply>;
  stop(): void;
}

/**
 * One edit at a time per message, the newest state wins: whatever changes during an edit or a pause is shown by the next one.
 * Edits of one place are spaced as its platform asks. A message that is gone is let go at once, one that cannot be edited
 * three times running after that; one of a platform that is down, or takes no more edits now, is edited later; one of a platform
 * that is not started stays for the next change.
 */
export function createViews(parts: {
  store: Store;
  adapters: ReadonlyMap<string, Adapter>;
  registry: Registry;
  i18n: I18n;
  orchestrator: Orchestrator;
  accounts: Accounts;
  places: Pick<Places, "of" | "permit" | "visitor" | "meant">;
  services: ViewServices;
  toldZones: Pick<ToldZones, "of">;
  events: Events;
  defaults: { locale: string; timeZone: string };
  tally?: Pick<Tally, "edited">;
  /** Absent: cards are drawn whoever waits. */
  courtesy?: Pick<Courtesy, "after">;
  clock: Clock;
  log: Log;
}): Views {
  const { store, adapters, events, clock, log } = parts;
  const stopping = new AbortController();
  const shown = new LRUCache<string, Reply>({ max: 1_000 });
  const { spaced, due, turn } = createEditTurns({ courtesy: parts.courtesy, clock, signal: stopping.signal });
  const running = new Map<string, { again: boolean; round: Promise<void> }>();
  const late = createLateEdits({
    reached({ sent }) {
      const adapter = adapters.get(sent.platform);
      return adapter?.reaches ? adapter.reaches(sent.place.tenant) : adapter?.healthy?.() !== false;
    },
    async edit(row) {
      const rows = await store.views.of(row.kind, row.key, clock.now());
      const still = rows.find(({ id }) => id === row.id);
      if (still) await update(still);
      else late.settle(row.id);
    },
    clock,
    log,
    signal: stopping.signal,
  });
  const render = createDrawView({ ...parts, signal: stopping.signal });
  const unlisten = events.on("view.changed", ({ kind, key }) => refresh(kind, key));
  const unhear = events.on("person.erased", async ({ personId }) => {
    for (const row of await store.views.ofPerson(personId))
      await clear(row).catch((error: unknown) => log.debug({ error, kind: row.kind }, "an old view is left as it is"));
  });

  /** Undefined where nothing is known of the subject for now: the message stays as it is. */
  async function drawn(row: ViewRow): Promise<Reply | undefined> {
    try {
      const { personId = nobody, sent } = row;
      const meant = personId === nobody ? undefined : await parts.places.meant(sent, personId);
      return await render(row, meant ?? sent.place);
    } catch (error) {
      if (isSegueError(error, "Unavailable")) return undefined;
      throw error;
    }
  }

  async function sendEdit(adapter: Adapter, sent: Sent, reply: Reply): Promise<void> {
    await within(clock, editWithinMs, "platform", async () => adapter.edit?.(sent, reply));
  }

  async function edit(row: ViewRow): Promise<void> {
    const adapter = adapters.get(row.sent.platform);
    if (!adapter?.edit) return;
    const before = shown.get(row.id);
    await due(row.sent);
    await spaced();
    const first = await drawn(row);
    if (!first || (before && alike(before, first))) return;
    // What waited for its turn may be old news by now.
    const reply = (await turn(adapter, row.sent)) ? await drawn(row) : first;
    if (!reply || (before && alike(before, reply))) return;
    const seen = { ...reply, visibility: before?.visibility ?? reply.visibility };
    await sendEdit(adapter, row.sent, seen);
    parts.tally?.edited(adapter.platform);
    shown.set(row.id, reply);
  }

  /**
   * A message that shows its subject no longer must not look alive: its buttons and its running bar go. What it did and what it
   * answered is still true; what has become of the subject since then is not for it to say.
   */
  async function retire(row: ViewRow): Promise<void> {
    const adapter = adapters.get(row.sent.platform);
    const before = shown.get(row.id);
    const said = row.lead && { ...say(row.lead.text, row.lead.blocks), times: row.lead.times };
    // An earlier run may have shown it: it followed its subject, so it looks as that does.
    const left = said ?? before ?? (await drawn(row));
    shown.delete(row.id);
    if (!adapter?.edit || !left) return;
    await turn(adapter, row.sent);
    const blocks = left.blocks.filter((block) => !alive.has(block.type));
    const visibility = before?.visibility ?? left.visibility;
    await sendEdit(adapter, row.sent, { ...left, blocks, visibility, view: undefined });
  }

  /** Everything of a person is gone, so what was shown to them goes, too. */
  async function clear(row: ViewRow): Promise<void> {
    await running.get(row.id)?.round;
    const adapter = adapters.get(row.sent.platform);
    const visibility = shown.get(row.id)?.visibility ?? "private";
    shown.delete(row.id);
    await store.views.remove(row.id);
    if (!adapter?.edit) return;
    await turn(adapter, row.sent);
    const { locale, timeZone } = parts.defaults;
    const t = parts.i18n.translator("core", row.locale ?? locale, timeZone);
    await sendEdit(adapter, row.sent, say(t("view.deleted"), undefined, { visibility }));
  }

  /** An edit in hand ends first: it would bring the buttons back, and shows what became of the subject. */
  async function retireOrLog(row: ViewRow, inHand?: Promise<void>): Promise<void> {
    try {
      await inHand;
      await retire(row);
    } catch (error) {
      // Waiting for its turn at the end of the program is no failure, nor that some messages cannot be edited at all.
      const level = stopping.signal.aborted || isSegueError(error, "NotFound") ? "debug" : "warn";
      log[level]({ error, kind: row.kind }, "an old view could not be retired");
    }
  }

  /**
   * Whoever links on a page was told to look here for how it ended, so the end is said anew where the message cannot show it.
   * True as long as that is still to come.
   */
  async function tellInstead(row: ViewRow): Promise<boolean> {
    const link = row.kind === "link" ? await store.links.get(row.key) : undefined;
    if (link?.mode !== "page") return false;
    if (link.status !== "done" && link.status !== "failed")
      return link.status !== "expired" && link.status !== "replaced";
    const adapter = adapters.get(link.user.platform);
    try {
      const reply = await render(row, row.sent.place);
      // Before it is said: a crash between the two must not say it twice.
      await store.views.remove(row.id);
      const key = `link:${link.id}:${link.status}`;
      const told = adapter?.sendPrivate?.(link.place, link.user, { ...reply, view: undefined }, key);
      await (told && within(clock, editWithinMs, "platform", () => told));
    } catch (error) {
      log.warn({ error, linkId: link.id }, "how linking ended could not be told");
    }
    return false;
  }

  async function rounds(row: ViewRow, state: { again: boolean }): Promise<void> {
    for (let failures = 0; state.again && failures < maxFailures && !stopping.signal.aborted; ) {
      state.again = false;
      try {
        await edit(row);
        failures = 0;
        late.settle(row.id);
      } catch (error) {
        if (stopping.signal.aborted) return;
        // What its person may no longer see is as good as gone.
        const shut = isSegueError(error, "Forbidden");
        const gone = shut || isSegueError(error, "NotFound");
        // Goes on when something changed meanwhile.
        if (gone && (await tellInstead(row))) continue;
        // Where a platform takes no more edits for now, trying again at once would only keep it so.
        const crowded = isSegueError(error, "RateLimited");
        const passing = crowded || isSegueError(error, "Unavailable");
        failures = gone || crowded ? maxFailures : failures + 1;
        state.again = true;
        // Some messages cannot be edited at all, or somebody took them away.
        log[gone || crowded ? "debug" : "warn"](
          { error, kind: row.kind, failures },
          "a view could not be brought up to date",
        );
        if (failures < maxFailures) await pause(pausesMs[failures - 1] ?? 0);
        else if (passing) late.owe(row, error.retryAt);
        else {
          late.settle(row.id);
          await store.views.remove(row.id);
        }
        if (shut || (isSegueError(error, "NotFound") && error.details.what === "view")) await retireOrLog(row);
      }
    }
  }

  function pause(ms: number): Promise<void> {
    // The end of the program is seen by the round that follows.
    return clock.sleep(ms, stopping.signal).catch(() => undefined);
  }

  function update(row: ViewRow): Promise<void> {
    const state = running.get(row.id);
    if (state) {
      state.again = true;
      return state.round;
    }
    const fresh = { again: true, round: Promise.resolve() };
    running.set(row.id, fresh);
    fresh.round = rounds(row, fresh).finally(() => running.delete(row.id));
    return fresh.round;
  }

  async function refresh(kind: string, key: string): Promise<void> {
    const rows = await store.views.of(kind, key, clock.now());
    await Promise.all(rows.map(update));
  }

  return {
    async register(view, sent, reply, { person, locale }, id = newId()) {
      if (!adapters.get(sent.platform)?.edit) return;
      const now = clock.now();
      const lead = leadOf(reply) ?? wholeOf(reply);
      const timeZone = person && parts.toldZones.of(sent.place, person.id);
      const row: ViewRow = {
        id,
        kind: view.kind,
        key: view.key,
        ...(lead ? { lead } : {}),
        ...(person ? { personId: person.id } : {}),
        locale,
        ...(timeZone === undefined ? {} : { timeZone }),
        sent,
        createdAt: now,
        expiresAt: now + (person ? lifetimeMs : postedForMs),
      };
      const place = JSON.stringify(sent.place);
      const older = (await store.views.of(view.kind, view.key, now)).filter(
        (other) => other.id !== row.id && other.personId === row.personId && JSON.stringify(other.sent.place) === place,
      );
      await store.views.put(row);
      shown.set(row.id, reply);
      for (const other of older) {
        // The same message once more, as where a platform has one page for each person.
        const again = other.sent.id === sent.id;
        if (!again && ofOthers.has(view.kind)) continue;
        await store.views.remove(other.id);
        if (again) continue;
        void retireOrLog(other, running.get(other.id)?.round);
      }
    },
    async shows({ kind, key }, sent) {
      const rows = await store.views.of(kind, key, clock.now());
      const id = idOf(sent);
      return rows.some((row) => idOf(row.sent) === id);
    },
    async current(replies, asking) {
      const at = replies.findLastIndex((reply) => reply.view !== undefined);
      const drawn = replies[at];
      if (!drawn?.view || at === replies.length - 1) return replies;
      const { kind, key } = drawn.view;
      const lead = leadOf(drawn);
      const row = { kind, key, personId: asking.person.id, locale: asking.locale, ...(lead ? { lead } : {}) };
      try {
        const fresh = await render(row, asking.place, { kept: true });
        const { times } = joinTimes([
          { ...drawn, blocks: [] },
          { ...fresh, text: "" },
        ]);
        return replies.with(at, { ...drawn, blocks: fresh.blocks, times });
      } catch (error) {
        // What was drawn in its step is still true of that moment.
        const passing = isSegueError(error, "Unavailable") || isSegueError(error, "NotFound");
        log[passing ? "debug" : "warn"]({ error, kind: row.kind }, "a view could not be drawn again");
        return replies;
      }
    },
    refresh,
    draw: render,
    stop() {
      unlisten();
      unhear();
      stopping.abort();
    },
  };
}

function idOf({ platform, place, id }: Sent): string {
  return JSON.stringify([platform, place.tenant, place.id, id]);
}
