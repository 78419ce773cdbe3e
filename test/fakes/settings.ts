import type { SettingStore } from "../../src/contracts/store.ts";

/** Settings in memory; they outlive the parts that use them, as rows do. */
export function createFakeSettings(): SettingStore & { rows: Map<string, string> } {
  const rows = new Map<string, string>();
  return {
    rows,
    async get(owner, name) {
      const found = rows.get(`${owner} ${name}`);
      return found === undefined ? undefined : JSON.parse(found);
    },
    async each(owners, name) {
      const own = owners.flatMap((owner) => {
        const found = rows.get(`${owner} ${name}`);
        return found === undefined ? [] : [[owner, JSON.parse(found)] as const];
      });
      return new Map<string, unknown>(own);
    },
    async of(owner) {
      const own = [...rows].filter(([key]) => key.startsWith(`${owner} `));
      return Object.fromEntries(own.map(([key, value]) => [key.slice(owner.length + 1), JSON.parse(value)]));
    },
    async put(owner, name, value) {
      rows.set(`${owner} ${name}`, JSON.stringify(value));
    },
    async remove(owner, name) {
      rows.delete(`${owner} ${name}`);
    },
    async removeOwners(prefix) {
      const gone = [...rows.keys()].filter((key) => key.startsWith(prefix));
      for (const key of gone) rows.delete(key);
      return gone.length;
    },
  };
}
