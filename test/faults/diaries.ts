import { isSegueError } from "../../src/contracts/errors.ts";
import { createLastFm } from "../../src/listening/diaries/lastfm/service.ts";
import { createListenBrainz } from "../../src/listening/diaries/listenbrainz/service.ts";
import type { DiaryCall, DiaryService } from "../../src/listening/diaries/service.ts";
import { openLastFm } from "../doubles/lastfm.ts";
import { openListenBrainz } from "../doubles/listenbrainz.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";
import { all } from "../unit/listening/diaries/world.ts";
import { type Operation, openWay } from "./cell.ts";
import { openFront, passTo } from "./front.ts";

const { signal } = new AbortController();
const asked: DiaryCall = { reason: "faults", lane: "controls", signal };
const beside: DiaryCall = { ...asked, lane: "now_playing" };
const later: DiaryCall = { ...asked, lane: "history" };
const minute = 60_000;

type Step = Pick<Operation<never>, "mayWaitMs" | "act" | "becomes"> & { ask(service: DiaryService): Promise<unknown> };
/** What nobody asked for. */
const again = () => "nobody asked; it is tried again later";
const waits = (error: unknown) =>
  isSegueError(error, "InvalidInput") || isSegueError(error, "NeedsRelink")
    ? "the play, or our leave, is looked at: the person can try it again, or is told once"
    : "the plays wait, and are sent later";
const passes = () => "nobody asked; by then something else plays";

function writerOf({ writer }: DiaryService) {
  if (!writer) throw new Error("it is not written to");
  return writer;
}

/** Everything that a diary can be asked, by its names in the contract. */
export function doings(service: DiaryService): string[] {
  const named = (prefix: string, of: object | undefined) =>
    Object.entries(of ?? {}).flatMap(([name, value]) => (typeof value === "function" ? [`${prefix}${name}`] : []));
  const { writer } = service;
  return [
    ...named("", service),
    ...named("", writer),
    ...named("token.", writer?.token),
    ...named("page.", writer?.page),
  ].sort();
}

export async function openDiaryFaults(id: "listenbrainz" | "lastfm") {
  const clock = createFakeClock();
  const brainz = await openListenBrainz(clock);
  const fm = await openLastFm(clock);
  const ada = brainz.user("ada");
  const adaFm = fm.user("ada");
  ada.playing = { artist_name: "Band", track_name: "Now" };
  ada.listens.push({
    listened_at: clock.now() / 1_000 - 600,
    track_metadata: { artist_name: "Band", track_name: "One" },
  });
  adaFm.scrobbles.push({ artist: "Band", track: "One", timestamp: clock.now() / 1_000 - 600 });
  const front = await openFront({ upstream: passTo(new URL(id === "lastfm" ? fm.url : brainz.url).origin) });

  function world(by: FakeClock) {
    const way = openWay(by, [id]);
    const service =
      id === "lastfm"
        ? createLastFm({ http: way.http, apiUrl: `${front.url}/2.0`, apiKey: fm.key, secret: fm.secret, clock: by })
        : createListenBrainz({ http: way.http, apiUrl: front.url, clock: by });
    return { ...way, service };
  }
  const honest = world(clock);
  const secret = id === "lastfm" ? adaFm.session : ada.token;
  const begun = await honest.service.writer?.page?.begin(asked);
  if (begun) fm.agrees(begun.url, "ada");
  await honest.close();

  const entry = { title: "One", artists: ["Band"] };
  const at = clock.now() - 5 * minute;
  const steps: Record<string, Step> = {
    find: { mayWaitMs: 3_000, ask: (service) => service.find("ada", asked) },
    playing: { mayWaitMs: 30_000, becomes: again, ask: (service) => service.playing("ada", beside) },
    pages: {
      mayWaitMs: 30_000,
      becomes: again,
      ask: (service) => all(service.pages("ada", { fromAt: at - minute, untilAt: at }, later)),
    },
    send: {
      mayWaitMs: 30_000,
      becomes: waits,
      ask: (service) => writerOf(service).send(secret, [{ ...entry, at }], later),
    },
    playingNow: {
      mayWaitMs: 30_000,
      becomes: passes,
      // ListenBrainz knows it again; Last.fm does not say so.
      ...(id === "lastfm" ? { act: true } : {}),
      ask: (service) => writerOf(service).playingNow(secret, entry, beside),
    },
    ...(id === "lastfm"
      ? {
          "page.begin": { mayWaitMs: 10_000, ask: async (service) => writerOf(service).page?.begin(asked) },
          "page.end": {
            mayWaitMs: 10_000,
            ask: async (service) => writerOf(service).page?.end(begun?.pending ?? "", asked),
          },
        }
      : { "token.check": { mayWaitMs: 3_000, ask: async (service) => writerOf(service).token?.check(secret, asked) } }),
  };
  const operations = Object.entries(steps).map(
    ([name, { ask, ...step }]): Operation<ReturnType<typeof world>> => ({
      service: id === "lastfm" ? "Last.fm" : "ListenBrainz",
      name,
      ...step,
      hits: () => true,
      ask: ({ service }) => ask(service),
    }),
  );
  return { front, open: world, operations, doings: doings(honest.service), close: front.close };
}
