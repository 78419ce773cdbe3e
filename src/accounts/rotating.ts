import { rmSync } from "node:fs";
import type { Clock } from "../contracts/clock.ts";
import { type SealedCount, type SealedText, sealedColumns } from "../contracts/sealed.ts";
import type { Store } from "../contracts/store.ts";
import { keyIdOf, requireKeys } from "./key-check.ts";
import { type KeyEntry, newKey, replaceKeyFile } from "./key-file.ts";
import { type KeySource, type KeySources, loadKeyRing, readKeySources, ringOf } from "./key-ring.ts";
import { createVault } from "./vault.ts";
import { VaultError } from "./vault-error.ts";

const PAGE = 100;
/**
 * Whoever sealed with the old key before the new one came has written it by then, or raised: every try seals anew, and PostgreSQL
 * is waited for 5 s until it is reached and 15 s until it has answered, SQLite 5 s. What comes later opens with the retired key.
 */
const SETTLE_MS = 20_000;
/** New texts of an old key come from a program that does not know the new one; they would come for ever. */
const ROUNDS = 5;
/** Retired keys that are kept, for backups from before. */
const RETIRED = 5;

export type Rotation = {
  /** The key in use now, and those that were rotated out. */
  to: string;
  from: string[];
  /** Texts sealed anew, by table. */
  texts: Record<string, number>;
  /** Texts that no key opens: their owners will be asked to connect again. They are left as they are. */
  unreadable: number;
  /** Nothing that a key opens is sealed with any other than the one in use. */
  complete: boolean;
  /** Keys that have to be taken out by hand, and from where. */
  byHand: { id: string; source: string }[];
};

export type RotateOptions = KeySources & {
  store: Pick<Store, "sealed" | "audit">;
  clock: Clock;
  /** Others may be at the database: what they have in hand is waited for. */
  others: boolean;
  onProgress?: (done: number, of: number) => void;
};

/**
 * Seals everything with a new key, beside a Segue that runs. What it did is on disk step by step, so that a run that was killed
 * is ended by the next: two keys in use are a rotation that is not over. The new key is on disk before it is used; the old ones
 * are retired only when nothing in the database is sealed with them any more.
 */
export async function rotateKeys(options: RotateOptions): Promise<Rotation> {
  const { store, clock } = options;
  await requireKeys(store.sealed, options);
  const from = idsInUse(readKeySources(options));
  if (from.length === 1) addKey(readKeySources(options));
  const ring = loadKeyRing({ ...options, make: false });
  const to = ring[0].id;
  const vault = createVault(ring);
  const texts: Record<string, number> = {};
  const unreadable = new Map<string, number>();

  async function round(): Promise<number> {
    const counts = await store.sealed.counts();
    const of = counts.reduce((sum, { keyId, texts: many }) => sum + (keyId === to ? 0 : many), 0);
    let [seen, changed] = [0, 0];
    unreadable.clear();
    for (const at of sealedColumns) {
      for (let page = await store.sealed.page(at, to, "", PAGE); page.length > 0; ) {
        const changes = page.flatMap((before) => anew(before));
        const replaced = changes.length > 0 ? await store.sealed.replace(changes) : 0;
        texts[at.table] = (texts[at.table] ?? 0) + replaced;
        changed += replaced;
        seen += page.length;
        options.onProgress?.(seen, of);
        page = await store.sealed.page(at, to, page.at(-1)?.id ?? "", PAGE);
      }
    }
    return changed;
  }

  function anew(before: SealedText): { before: SealedText; text: string }[] {
    try {
      return [{ before, text: vault.rotate(before.text, before.purpose) }];
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      const keyId = keyIdOf(before);
      unreadable.set(keyId, (unreadable.get(keyId) ?? 0) + 1);
      return [];
    }
  }

  await round();
  for (let rounds = 1; rounds <= ROUNDS; rounds++) {
    if (options.others) await clock.sleep(SETTLE_MS);
    if ((await round()) === 0) break;
  }
  const old = from.filter((id) => id !== to);
  const still = await store.sealed.counts();
  // What it cannot open does not need it.
  const needed = (id: string) => textsOf(still, id) > (unreadable.get(id) ?? 0);
  const done = old.filter((id) => !needed(id));
  const lost = [...unreadable.values()].reduce((sum, each) => sum + each, 0);
  // Before the last step: whoever is killed after it has rotated, and the next run would begin another.
  await store.audit.add({ at: clock.now(), act: "keys.rotated", detail: { to, from: done, texts, unreadable: lost } });
  retire(readKeySources(options), done, new Date(clock.now()).toISOString().slice(0, 10));
  const left = readKeySources(options);
  const byHand = old.flatMap((id) =>
    left
      .filter(({ keys }) => keys.some((key) => key.id === id && key.standby === undefined))
      .map(({ name }) => ({ id, source: name })),
  );
  return { to, from: done, texts, unreadable: lost, complete: done.length === old.length, byHand };
}

const textsOf = (counts: readonly SealedCount[], id: string): number =>
  counts.filter(({ keyId }) => keyId === id).reduce((sum, each) => sum + each.texts, 0);

const idsInUse = (sources: readonly KeySource[]): string[] => [
  ...new Set(sources.flatMap(({ keys }) => keys.filter(({ standby }) => standby === undefined).map(({ id }) => id))),
];

/** First beside the one in use, and in front of it only once it is surely on disk: a power cut takes back the last step alone. */
function addKey([source]: readonly KeySource[]): void {
  if (source?.file === undefined) {
    const todo =
      "put a new key in front of it (id:base64 of `openssl rand -base64 32`), start Segue again, and run this once more.";
    throw new VaultError(
      "by_hand",
      `ENCRYPTION_KEYS stands in the environment, where no program can change it: ${todo}`,
    );
  }
  const { file, keys } = source;
  const next = keys.find(({ standby }) => standby === "next");
  const fresh: KeyEntry = next ? { id: next.id, key: next.key } : newKey();
  if (!next) replaceKeyFile(file, [...keys, { ...fresh, standby: "next" }]);
  replaceKeyFile(file, [fresh, ...keys.filter(({ id }) => id !== fresh.id)]);
}

function retire(sources: readonly KeySource[], ids: readonly string[], day: string): void {
  for (const { file, keys } of sources) {
    if (file === undefined || !keys.some(({ id, standby }) => ids.includes(id) && standby === undefined)) continue;
    const marked = keys.map((key) =>
      ids.includes(key.id) && key.standby === undefined ? { ...key, standby: `retired ${day}` } : key,
    );
    const inUse = marked.filter(({ standby }) => standby === undefined);
    const retired = marked.filter(({ standby }) => standby !== undefined);
    replaceKeyFile(file, [...inUse, ...retired.slice(0, RETIRED)]);
  }
}

export type KeyStanding = {
  id: string;
  state: "in use" | "to be rotated out" | "next" | "retired" | "missing";
  /** Where it stands. */
  source: string | undefined;
  texts: SealedCount[];
};

/** Every key there is, and every key that something is sealed with. */
export function keyStandings(sources: readonly KeySource[], counts: readonly SealedCount[]): KeyStanding[] {
  const [first] = idsInUse(sources);
  const sealedBy = (id: string) => counts.filter(({ keyId }) => keyId === id);
  const known = sources.flatMap(({ name, keys }) =>
    keys.map(({ id, standby }): KeyStanding => {
      const state =
        standby === undefined
          ? id === first
            ? "in use"
            : "to be rotated out"
          : standby === "next"
            ? "next"
            : "retired";
      return { id, state, source: name, texts: sealedBy(id) };
    }),
  );
  const missing = [...new Set(counts.map(({ keyId }) => keyId))].filter((id) => !known.some((key) => key.id === id));
  return [
    ...known,
    ...missing.map((id): KeyStanding => ({ id, state: "missing", source: undefined, texts: sealedBy(id) })),
  ];
}

export type Forgotten = { texts: Record<string, number>; keys: number };

/**
 * Takes a key out for good: a retired one that nothing needs, or one that is lost, with all that it has sealed. A key that opens
 * what it has sealed is not forgotten; VaultError "in_use".
 */
export async function forgetKey(id: string, options: Omit<RotateOptions, "others" | "onProgress">): Promise<Forgotten> {
  const { store, clock } = options;
  const sources = readKeySources(options);
  const samples = (await store.sealed.samples()).filter((sample) => keyIdOf(sample) === id);
  const ring = ringOf(sources);
  const vault = ring && createVault(ring);
  const opens = ({ text, purpose }: SealedText): boolean => {
    try {
      return vault?.open(text, purpose) !== undefined;
    } catch {
      return false;
    }
  };
  const inUse = idsInUse(sources)[0] === id;
  if (samples.some(opens) || (inUse && samples.length === 0))
    throw new VaultError("in_use", `"${id}" is in use: segue keys rotate first.`);
  const texts = await store.sealed.giveUp(id);
  await store.audit.add({ at: clock.now(), act: "keys.forgotten", detail: { id, ...texts } });
  let keys = 0;
  for (const { file, keys: held } of inUse ? [] : sources) {
    const left = held.filter((key) => key.id !== id);
    if (file === undefined || left.length === held.length) continue;
    if (left.length === 0) rmSync(file);
    else replaceKeyFile(file, left);
    keys += 1;
  }
  return { texts, keys };
}
