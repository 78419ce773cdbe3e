import { z } from "zod";
import { broughtStatuses } from "../../contracts/history-files.ts";
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
  /** Of one that is here whole: since when it is read, and how that ended. */
  begunAt: z.number().optional(),
  end: z.object({ at: z.number(), status: z.enum(broughtStatuses) }).optional(),
});
/** From where it can be asked for again. */
export type Wanted = { platform: string; file: FileRef };
type Row = z.infer<typeof expectedSchema>;
export type Expected = Pick<Row, "id" | "personId" | "name"> & {
  from?: Wanted;
  begunAt?: number;
  end?: NonNullable<Row["end"]>;
};

/** A message that says how it ended is brought up to date for so long. */
const SHOWN_MS = 24 * 60 * 60_000;

/** All of them in one row: a person has one at a time. */
const row = { owner: "imports", name: "expected" } as const;

export type ExpectedFiles = ReturnType<typeof createExpected>;

/**
 * Files that are being handed over, or read: a message says so, so the next start must be able to ask for them again, or to say
 * that they did not arrive, or what came of them.
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
    return (parsed.data ?? []).map(({ from, begunAt, end, ...rest }) => ({
      ...rest,
      ...(from && { from: wantedOf(from) }),
      ...(begunAt !== undefined && { begunAt }),
      ...(end && { end }),
    }));
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
    /** It is here; whoever reads it may have begun. */
    arrived: (id: string) => change((all) => all.filter((each) => each.id !== id || each.begunAt !== undefined)),
    /** Once more after a start it is the same reading. */
    begins: ({ id, personId, name }: Pick<Expected, "id" | "personId" | "name">, now: number) =>
      change((all) => {
        const others = all.filter((each) => each.id !== id && (each.end === undefined || now - each.end.at < SHOWN_MS));
        const begunAt = all.find((each) => each.id === id)?.begunAt ?? now;
        return [...others, { id, personId, name, begunAt }];
      }),
    ended: (id: string, end: NonNullable<Expected["end"]>) =>
      change((all) => all.map((each) => (each.id === id && each.begunAt !== undefined ? { ...each, end } : each))),
    isOver: ({ end }: Expected, now: number) => end !== undefined && now - end.at >= SHOWN_MS,
    remove: (id: string) => change((all) => all.filter((each) => each.id !== id)),
    removeOf: (personId: string) => change((all) => all.filter((each) => each.personId !== personId)),
  };
}

function wantedOf({ platform, file }: NonNullable<z.infer<typeof expectedSchema>["from"]>): Wanted {
  const { ref, name, bytes } = file;
  const named = { ...(name === undefined ? {} : { name }), ...(bytes === undefined ? {} : { bytes }) };
  return { platform, file: { ref, ...named } };
}
