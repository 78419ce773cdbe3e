import type { PlaySource, PlayWay } from "../../../contracts/listening.ts";
import { type Inside, inserter, lists } from "../bulk.ts";

/** Sources and labels (devices, contexts) by number, as rows hold them. */
export type Dictionary = {
  sourceOf(id: number): PlaySource;
  sourceId(source: PlaySource): number;
  labelOf(id: number | null): string | undefined;
  labelId(text: string | undefined): number | null;
};

const insertLabels = inserter("play_labels", ["text"], "on conflict do nothing");
const insertSources = inserter("play_sources", ["origin", "way"], "on conflict do nothing");
const sourceKey = ({ origin, way }: PlaySource): string => `${way} ${origin}`;

const missing = (what: string): never => {
  throw new Error(`a ${what} of a play was not kept`);
};

/** Reads the numbers that are known and gives new ones to what is new. */
export async function dictionary(
  inside: Inside,
  known: { sources?: Iterable<PlaySource>; labels?: Iterable<string>; labelIds?: Iterable<number> },
): Promise<Dictionary> {
  const { trx } = inside;
  const byId = new Map<number, PlaySource>();
  const bySource = new Map<string, number>();
  // There are few: a provider, a platform, a diary, in several ways.
  const readSources = async () => {
    for (const { id, origin, way } of await trx.selectFrom("play_sources").selectAll().execute()) {
      const source = { origin, way: way as PlayWay };
      byId.set(id, source);
      bySource.set(sourceKey(source), id);
    }
  };
  await readSources();
  const newSources = new Map([...(known.sources ?? [])].map((source) => [sourceKey(source), source]));
  for (const key of bySource.keys()) newSources.delete(key);
  if (newSources.size > 0) {
    await insertSources(
      inside,
      [...newSources.values()].map(({ origin, way }) => [origin, way]),
    );
    await readSources();
  }

  const texts = new Map<number, string>();
  const ids = new Map<string, number>();
  const keep = ({ id, text }: { id: number; text: string }) => {
    texts.set(id, text);
    ids.set(text, id);
  };
  for (const part of lists(known.labelIds ?? []))
    for (const row of await trx.selectFrom("play_labels").selectAll().where("id", "in", part).execute()) keep(row);
  const wanted = new Set(known.labels ?? []);
  const readLabels = async () => {
    for (const part of lists([...wanted].filter((text) => !ids.has(text))))
      for (const row of await trx.selectFrom("play_labels").selectAll().where("text", "in", part).execute()) keep(row);
  };
  await readLabels();
  const newTexts = [...wanted].filter((text) => !ids.has(text));
  if (newTexts.length > 0) {
    // In one order, so that two who bring the same ones never wait for each other.
    await insertLabels(
      inside,
      newTexts.sort().map((text) => [text]),
    );
    await readLabels();
  }
  return {
    sourceOf: (id) => byId.get(id) ?? missing("source"),
    sourceId: (source) => bySource.get(sourceKey(source)) ?? missing("source"),
    labelOf: (id) => (id === null ? undefined : texts.get(id)),
    labelId: (text) => (text === undefined ? null : (ids.get(text) ?? missing("label"))),
  };
}
