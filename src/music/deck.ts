import { isSegueError, SegueError } from "../contracts/errors.ts";
import type { CallOptions, Lane, MusicProvider, MusicSession, Need } from "../contracts/music.ts";
import type { Said } from "../contracts/player.ts";
import { type Holder, type House, type PlaceRef, sharedKey } from "./house.ts";
import { calledSo } from "./player-names.ts";
import type { Choice } from "./players.ts";
import { writeThenRead } from "./read-back.ts";

/** One opened player as the files of this folder see it: its session, its names, and the rules that every call goes by. */
export type Deck = {
  house: House;
  provider: MusicProvider;
  holder: Holder;
  /** The account's id, or the shared player's: also the owner of its queue, timers and settings, so that unlinking erases them. */
  key: string;
  shared: boolean;
  /** As people call the player. */
  name: string;
  /** The command itself named it. */
  named: boolean;
  /** Whether words for a device mean the player itself. */
  isCalled(words: string): boolean;
  /** Where the command was given; absent for what runs by itself. */
  place?: PlaceRef;
  /** Why it was taken among the players there are; absent where there was nothing to take, and for what runs by itself. */
  choice?: Choice;
  personId: string;
  resumed: boolean;
  /** Only what is known may be shown: no call is made. */
  quiet: boolean;
  signal: AbortSignal;
  /** Whether what is done is remembered for undo. */
  recording: boolean;
  /** The session where there is one; raises what is missing otherwise. */
  session(): MusicSession;
  /** For looking at which methods exist. */
  offered: MusicSession | undefined;
  /** The service said that this account may not control playback, and it is too early to try again. */
  barred(): boolean;
  /** What a person commands goes before what only fills a view: the last calls of a day are kept for it. */
  options(reason: string, lane?: Lane): CallOptions;
  /** A reading call. */
  read<T>(run: (session: MusicSession) => Promise<T>): Promise<T>;
  /** A call that controls playback: refused without a call for accounts known to be free. */
  control<T>(run: (session: MusicSession) => Promise<T>): Promise<T>;
  /** Raises PremiumRequired before anything is spent on a command that cannot work. */
  mayControl(): void;
  /** A value kept durably for a second run of the same command; `again` says that an earlier run had made it. */
  plan<T>(name: string, compute: () => Promise<T>): Promise<{ value: T; again: boolean }>;
  /** Runs when it is this command's turn on the player. */
  turn<T>(run: () => Promise<T>): Promise<T>;
};

export type OpenRequest = {
  personId: string;
  place?: PlaceRef;
  said?: Said;
  begins?: boolean;
  turns?: boolean;
  once: <T>(key: string, compute: () => Promise<T>) => Promise<T>;
  resumed: boolean;
  signal: AbortSignal;
  quiet?: boolean;
};

/** A plan may be bought any day; one try a day finds out. */
const FREE_FOR_MS = 24 * 60 * 60_000;
export const freeSinceSetting = "music.free_since";
/** No interactive call is worth waiting for longer. */
const CALL_MS = 10_000;

type Account = { accountId: string; granted: Need[]; free: boolean; status: "ok" | "needs_relink" };

async function freeSince(house: House, account: Account): Promise<number | undefined> {
  if (!account.free) return undefined;
  const at = await house.settings.get(account.accountId, freeSinceSetting);
  return typeof at === "number" ? at : 0;
}

/** `taken` is how the holder was chosen; or why nothing can be used, which every use of the session then raises. */
export async function openDeck(
  house: House,
  holder: Holder,
  request: OpenRequest,
  taken?: Choice | SegueError,
): Promise<Deck> {
  const provider = house.providers.find((candidate) => candidate.id === holder.provider);
  if (!provider) throw new SegueError("InvalidInput", { field: "provider", why: "unknown", given: holder.provider });

  const shared = "playerId" in holder;
  const account =
    "personId" in holder && provider.linking && !(taken instanceof SegueError)
      ? await house.accounts.accountOf(holder.personId, provider.id)
      : undefined;
  const choice = taken instanceof SegueError ? undefined : taken;
  const names = choice?.player.names ?? [provider.name];
  let since = account ? await freeSince(house, account) : undefined;
  const offered = open();
  const key = shared ? sharedKey(holder) : (account?.accountId ?? `person:${request.personId}`);
  await house.states.load(key);

  function open(): MusicSession | undefined {
    if ("playerId" in holder) return provider?.open({ kind: "shared", playerId: holder.playerId });
    if (account?.status !== "ok") return undefined;
    const { accountId, subject, granted } = account;
    const tokens = house.accounts.tokens(accountId);
    return provider?.open({
      kind: "account",
      accountId,
      granted,
      tokens,
      ...(subject === undefined ? {} : { subject }),
    });
  }

  function session(): MusicSession {
    if (request.quiet) throw new SegueError("Unavailable", { service: provider?.id ?? "", why: "offline" });
    if (offered) return offered;
    if (taken instanceof SegueError) throw taken;
    throw new SegueError(account ? "NeedsRelink" : "NotLinked", { provider: holder.provider });
  }

  const barred = () => since !== undefined && house.clock.now() - since < FREE_FOR_MS;

  async function found(free: boolean): Promise<void> {
    if (!account) return;
    since = free ? house.clock.now() : undefined;
    await house.accounts.markFree(account.accountId, free);
    if (free) await house.settings.put(account.accountId, freeSinceSetting, since);
    else await house.settings.remove(account.accountId, freeSinceSetting);
  }

  const counts = new Map<string, number>();

  const deck: Deck = {
    house,
    provider,
    holder,
    key,
    shared,
    name: choice?.player.name ?? provider.name,
    named: choice?.why === "said",
    isCalled: (words) => choice?.why === "said" && calledSo(words, [{ id: key, names }], house.deviceWords).length > 0,
    ...(request.place === undefined ? {} : { place: request.place }),
    ...(choice === undefined ? {} : { choice }),
    personId: request.personId,
    resumed: request.resumed,
    quiet: request.quiet === true,
    signal: request.signal,
    recording: true,
    session,
    offered,
    barred,
    options: (reason, lane = "controls") => ({
      lane,
      reason,
      deadlineAt: house.clock.now() + CALL_MS,
      signal: request.signal,
    }),
    async read(run) {
      request.signal.throwIfAborted();
      return run(session());
    },
    mayControl() {
      session();
      if (barred()) throw new SegueError("PremiumRequired", { provider: holder.provider });
    },
    async control(run) {
      request.signal.throwIfAborted();
      deck.mayControl();
      try {
        const result = await writeThenRead(deck, () => run(session()));
        if (since !== undefined) await found(false);
        return result;
      } catch (error) {
        if (isSegueError(error, "PremiumRequired")) await found(true);
        throw error;
      }
    },
    async plan(name, compute) {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      let again = true;
      const value = await request.once(`music.${name}.${count}`, async () => {
        again = false;
        return compute();
      });
      return { value, again };
    },
    turn: (run) => house.turns.take(key, run, request.signal),
  };
  return deck;
}

/** What a timer opens: no command is behind it, so nothing is kept for a second run. */
export function openForTimer(house: House, holder: Holder, signal: AbortSignal): Promise<Deck> {
  const personId = "personId" in holder ? holder.personId : holder.playerId;
  return openDeck(house, holder, { personId, once: (_key, compute) => compute(), resumed: false, signal });
}

export function notOffered(): SegueError<"Restricted"> {
  return new SegueError("Restricted", { reason: "not_offered" });
}

/** A count or level that must lie within bounds. */
export function within(field: string, given: number, min: number, max: number): number {
  if (!Number.isFinite(given) || given < min || given > max) {
    throw new SegueError("InvalidInput", { field, why: "range", min, max, given: String(given) });
  }
  return Math.round(given);
}
