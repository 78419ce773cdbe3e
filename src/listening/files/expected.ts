import { z } from "zod";
import type { FileRef } from "../../contracts/incoming.ts";
import type { Log } from "../../contracts/log.ts";
import type { SettingStore } from "../../contracts/store.ts";

const expectedSchema = z.object({
  id: z.string(),
  personId: z.string(),
  /** For people. */
  name: z.string(),
  /** Absent of what a person sends by themself, who has to do it again. */
  from: z
    .object({
      platform: z.string(),
      file: z.object({ ref: z.string(), name: z.string().optional(), bytes: z.number().optional() }),
    })
    .optional(),
});
/** From where it can be asked for again. */
export type Wanted = { platform: string; file: FileRef };
export type Expected = Omit<z.infer<typeof expectedSchema>, "from"> & { from?: Wanted };

/** All of them in one row: a person has one at a time, for as long as its bytes take. */
const row = { owner: "imports", name: "expected" } as const;

/**
 * Files that are being handed over: a message says that they are on their way, so the next start must be able to ask for them
 * again, or to say that they did not arrive.
 */
export function createExpected({
  settings,
  log,
}: {
  settings: Pick<SettingStore, "get" | "put" | "remove">;
  log: Log;
}) {
  /** One change after the other, as each writes all of it. */
  let last: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Expected[]> {
    const found = await settings.get(row.owner, row.name);
    const parsed = z.array(expectedSchema).safeParse(found ?? []);
    if (!parsed.success) log.warn({ error: parsed.error }, "files that were on their way are not known any more");
    return (parsed.data ?? []).map(({ from, ...rest }) => ({ ...rest, ...(from && { from: wantedOf(from) }) }));
  }

  function change(how: (all: Expected[]) => Expected[]): Promise<void> {
    const mine = last.then(async () => {
      const before = await read();
      const after = how(before);
      if (after.length > 0) await settings.put(row.owner, row.name, after);
      else if (before.length > 0) await settings.remove(row.owner, row.name);
    });
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    all: read,
    add: (one: Expected) => change((all) => [...all.filter(({ id }) => id !== one.id), one]),
    remove: (id: string) => change((all) => all.filter((each) => each.id !== id)),
    removeOf: (personId: string) => change((all) => all.filter((each) => each.personId !== personId)),
  };
}

function wantedOf({ platform, file }: NonNullable<z.infer<typeof expectedSchema>["from"]>): Wanted {
  const { ref, name, bytes } = file;
  const named = { ...(name === undefined ? {} : { name }), ...(bytes === undefined ? {} : { bytes }) };
  return { platform, file: { ref, ...named } };
}
