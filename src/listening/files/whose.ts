import type { KeptFile } from "../../contracts/imports.ts";
import type { Log } from "../../contracts/log.ts";
import { personSettings } from "../../contracts/people-store.ts";
import type { SettingStore } from "../../contracts/store.ts";
import { ownersOf, stranger } from "./owner.ts";

/** Names that a person said yes to are not asked about again. */
const trustedNames = "import_names";
const MOST_NAMES = 20;

/** Whose files are, as far as they tell it and the person said. */
export function createWhose({
  settings,
  namesOf,
  log,
}: {
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  /** Under which names the person is known, here and at services. */
  namesOf(personId: string): Promise<readonly string[]>;
  log: Log;
}) {
  async function trusted(personId: string): Promise<string[]> {
    const names = await settings.get(personSettings.owner(personId), trustedNames);
    return Array.isArray(names) ? names.filter((each) => typeof each === "string") : [];
  }

  return {
    /** In whose name the file is, where that is not plainly the person's own. */
    async othersName(personId: string, { path, name }: KeptFile): Promise<string | undefined> {
      try {
        const owners = await ownersOf(path, name);
        return owners.length === 0
          ? undefined
          : stranger(owners, [...(await namesOf(personId)), ...(await trusted(personId))]);
      } catch (error) {
        // What cannot be read is told by the import itself.
        log.debug({ error }, "a file does not tell whose it is");
        return undefined;
      }
    },
    async trust(personId: string, owner: string): Promise<void> {
      const names = await trusted(personId);
      const all = [...names.filter((each) => each !== owner), owner].slice(-MOST_NAMES);
      await settings.put(personSettings.owner(personId), trustedNames, all);
    },
    forget: (personId: string): Promise<void> => settings.remove(personSettings.owner(personId), trustedNames),
  };
}
