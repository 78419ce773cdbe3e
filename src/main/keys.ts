import { readKeySources } from "../accounts/key-ring.ts";
import { forgetKey, type KeyStanding, keyStandings, rotateKeys } from "../accounts/rotating.ts";
import type { Config } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import { lockDataDir } from "../store/lock.ts";
import { besideSegue, folderOf, keySourcesOf, lockUnlessHeld, quiet, withStore } from "./data.ts";

type Terminal = { write(text: string): void; progress(text: string): void };

const many = (count: number, one: string): string => `${count.toLocaleString("en")} ${count === 1 ? one : `${one}s`}`;

/** `segue keys`: which keys there are, and how much each seals. Resolves whether none is missing. */
export async function listKeys(config: Config, clock: Clock, { write }: Terminal): Promise<boolean> {
  return besideSegue(config, clock, async (store) => {
    const keys = keyStandings(readKeySources(keySourcesOf(config, quiet)), await store.sealed.counts());
    for (const key of keys) write(`${lineOf(key)}\n`);
    if (keys.length === 0) write("There is no key yet: the first start makes one.\n");
    return !keys.some(({ state }) => state === "missing");
  });
}

function lineOf({ id, state, source, texts }: KeyStanding): string {
  const all = texts.reduce((sum, each) => sum + each.texts, 0);
  const where = texts.map(({ table, column, texts: count }) => `${count.toLocaleString("en")} ${table}.${column}`);
  const seals = all === 0 ? "seals nothing" : `seals ${many(all, "text")} (${where.join(", ")})`;
  return `${id}  ${state}, ${seals}${source === undefined ? "" : `, from ${source}`}`;
}

/** `segue keys rotate`: resolves whether nothing is left to be done. */
export async function rotate(config: Config, clock: Clock, terminal: Terminal): Promise<boolean> {
  const lock = lockDataDir(folderOf(config), "keys");
  const alone = lockUnlessHeld(folderOf(config));
  try {
    return await besideSegue(config, clock, async (store) => {
      const running = alone === undefined;
      if (running) terminal.progress("A Segue runs: what it has in hand is waited for…");
      const done = await rotateKeys({
        ...keySourcesOf(config, quiet),
        store,
        clock,
        others: running || config.DATABASE_URL?.startsWith("postgres") === true,
        onProgress: (at, of) => terminal.progress(`${at.toLocaleString("en")} of ${many(of, "text")}`),
      });
      terminal.progress("");
      const sealed = Object.values(done.texts).reduce((sum, each) => sum + each, 0);
      terminal.write(`The key in use is ${done.to}; ${many(sealed, "text")} sealed anew.\n`);
      if (done.from.length > 0)
        terminal.write(
          `Nothing needs ${done.from.join(", ")} any more but backups from before, for which it is kept.\n`,
        );
      for (const { id, source } of done.byHand)
        terminal.write(`Take ${id} out of ${source}, once no backup needs it.\n`);
      if (done.unreadable > 0)
        terminal.write(
          `${many(done.unreadable, "text")} could not be opened by any key and ${done.unreadable === 1 ? "was" : "were"} left.\n`,
        );
      if (!done.complete)
        terminal.write(
          "Something still seals with an old key: give every Segue at this database the new one, and run this again.\n",
        );
      return done.complete && done.unreadable === 0;
    });
  } finally {
    alone?.release();
    lock.release();
  }
}

/** `segue keys forget`: resolves whether it is done. What is lost with a key is given up only when that was said. */
export async function forget(
  config: Config,
  clock: Clock,
  { id, yes }: { id: string; yes: boolean },
  { write }: Terminal,
): Promise<boolean> {
  const lock = lockDataDir(folderOf(config), "keys");
  try {
    return await withStore(config, clock, async (store) => {
      const sealed = (await store.sealed.counts()).filter(({ keyId }) => keyId === id);
      const texts = sealed.reduce((sum, each) => sum + each.texts, 0);
      if (texts > 0 && !yes) {
        write(`${many(texts, "text")} are sealed with ${id}. Put that key back, if there is any copy of it.\n`);
        write(`Without it their people connect again, and keep all else: segue keys forget ${id} --yes\n`);
        return false;
      }
      const { texts: given, keys } = await forgetKey(id, { ...keySourcesOf(config, quiet), store, clock });
      const lost = Object.entries(given).flatMap(([table, count]) => (count > 0 ? [`${count} ${table}`] : []));
      if (lost.length > 0) write(`Given up with ${id}: ${lost.join(", ")}. Their people are told at the next start.\n`);
      else
        write(
          keys > 0 ? `${id} is forgotten; nothing needed it.\n` : `There is no key ${id}, and nothing needs one.\n`,
        );
      return lost.length > 0 || keys > 0;
    });
  } finally {
    lock.release();
  }
}
