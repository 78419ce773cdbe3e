import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { systemClock } from "../../src/clock.ts";
import { SCOPES } from "../../src/rehearsal/accounts/scopes.ts";
import { loadCatalogue } from "../../src/rehearsal/catalogue/index.ts";
import type { LoggedCall } from "../../src/rehearsal/http/call-log.ts";
import { createOffsetClock } from "../../src/rehearsal/index.ts";
import { openListenBrainz } from "../doubles/listenbrainz.ts";
import { linkByPaste, openServices } from "../program/platforms/services.ts";
import { createProgram, Gone } from "./program.ts";
import { createRoom } from "./room.ts";
import { onDiscord, onSlack, onTelegram, type Said, type Someone } from "./someone.ts";

const lookEveryMs = 10;
const answerWithinMs = 60_000;
/** After a start: so long in earnest before the time is moved on, by so much at once, so often. */
const patienceMs = 600;
const nudgeMs = 15_000;
const nudges = 60;
const stepPauseMs = 10;
const nudgeEveryMs = 20;

/** The program with its false services, and people who use it. */
export async function openWorld() {
  const clock = createOffsetClock(systemClock);
  const closers: (() => Promise<void>)[] = [];
  const services = await openServices(
    { discord: true, slack: "socket", telegram: "poll" },
    {
      clock,
      settings: {
        // However long a pause is, its device is there.
        player: { idleAfterMs: 1e12 },
        limits: { windowCalls: { development: 100_000 }, quota: free },
      },
    },
  );
  const brainz = await openListenBrainz(clock, (close) => void closers.push(close));
  const settings: Record<string, string> = {
    ...services.settings,
    LISTENBRAINZ_API_URL: brainz.url,
    SPOTIFY_DAILY_BUDGET: "1000000",
    SPOTIFY_CALLS_PER_30_SECONDS: "100000",
    DERIVED_STATISTICS: "on",
    // Nobody is asked for more leave in the middle of something.
    SPOTIFY_SCOPES: Object.keys(SCOPES).join(" "),
  };
  const program = createProgram({ settings, clock });
  const { discord, slack, telegram } = services;
  const { control } = services.spotify;
  const discordPerson = discord.person("mia");
  const { channel } = discord.guild("Friends", [discordPerson]);
  const diarist = brainz.user("mia");
  telegram.world.addUser({ id: 42, first_name: "Chiyo" });
  telegram.world.addUser({ id: 41, first_name: "Elif" });
  const people = {
    mia: onDiscord(discordPerson, {
      account: { id: "mia.rehearsal", name: "Mia Lindqvist" },
      device: "Kitchen speaker",
    }),
    jonas: onSlack(services, slack.person("jonas", { displayName: "Jonas" }), {
      account: { id: "jonas.rehearsal", name: "Jonas Weber" },
      device: "Kitchen speaker",
    }),
    elif: onTelegram(services, 41, { account: { id: "elif.rehearsal", name: "Elif Şahin" }, device: "Echo Dot" }),
  } satisfies Record<string, Someone>;

  /** Those who link anew each time. */
  const guests = {
    sam: onDiscord(discord.person("sam"), {
      account: { id: "sam.rehearsal", name: "Sam O’Neill" },
      device: "Sam’s laptop",
    }),
    chiyo: onTelegram(services, 42, { account: { id: "chiyo.rehearsal", name: "田中 千代" }, device: "千代のスマホ" }),
  } satisfies Record<string, Someone>;
  const songs = songsOf();
  /** What plays before anybody asks for anything, over and over. */
  const usual = songs.splice(0, 10).map(({ uri }) => uri);
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

  /** Looks until it holds; rejects with Gone when the program dies before. */
  async function until(look: () => unknown, what: string): Promise<void> {
    const giveUpAt = performance.now() + answerWithinMs;
    while (!look()) {
      if (!program.alive()) throw new Gone(what);
      if (performance.now() > giveUpAt) throw new Error(`it never came: ${what}\n${program.output()}`);
      await pause(lookEveryMs);
    }
  }

  /** Whether it came to hold within the time in which every lease, pause and retry of the program is over. */
  async function eventually(look: () => unknown, { stepMs = nudgeMs, waitMs = patienceMs } = {}): Promise<boolean> {
    const movesAt = performance.now() + waitMs;
    for (let moved = 0; moved < nudges; ) {
      if (look()) return true;
      if (!program.alive()) return false;
      if (performance.now() < movesAt) await pause(lookEveryMs);
      else {
        await program.advance(stepMs);
        moved += 1;
        await pause(nudgeEveryMs);
      }
    }
    return Boolean(look());
  }

  const ends = new Map<unknown, () => void>();

  const rows = (sql: string, ...values: SQLInputValue[]) => rowsIn(join(services.dataDir, "segue.db"), sql, ...values);

  /** Posts that are owed under such a key since then: whether any is under way, and how many may have been made or not. */
  function owed(prefix: string, since: number) {
    const of = (status: string) =>
      rows(`select 1 from outbox where key like ? and status in (${status}) and updated_at >= ?`, `${prefix}:%`, since)
        .length;
    return { underWay: () => of("'waiting', 'sending'") > 0, unconfirmed: () => of("'unconfirmed'") };
  }

  /** Nothing that was accepted is under way. */
  const idle = () => rows("select 1 from events where finished_at is null limit 1").length === 0;

  /** Somebody says something, and has an answer to it; what was lost on the way is sent again by the platform, or said again. */
  function asks(someone: Someone, text: string) {
    const from = someone.seen().length;
    let said: Said | undefined;
    const answered = () =>
      someone
        .seen()
        .slice(from)
        .some((each) => !isSign(each));
    /** In good hands: the platform was told so, or the program has it in writing. */
    const accepted = () =>
      said !== undefined &&
      (said.acknowledged() ??
        rows("select 1 from events where platform = ? and key like ?", someone.platform, `%${said.key}%`).length > 0);
    return {
      async drive() {
        said = await someone.says(text);
        await until(answered, `${someone.name}: "${text}"`);
      },
      async settle() {
        await said?.again();
        if (!accepted() && !answered()) said = await someone.says(text);
        await eventually(() => answered() && idle());
      },
    };
  }

  async function start(dieAt?: number): Promise<void> {
    await program.start(dieAt);
    await until(() => discord.gateway.connected() === 1 && slack.connections() === 1, "connections to the platforms");
  }

  async function links(someone: Someone): Promise<void> {
    const before = someone.link();
    await someone.says("link");
    await until(() => someone.link() !== undefined && someone.link() !== before, `a link for ${someone.name}`);
    const pasted = await linkByPaste(services.browser(), someone.link() ?? "", someone.account.name, services.local);
    await someone.says(pasted);
    await until(() => someone.seen().at(-1)?.includes("Connected to Spotify"), `the link of ${someone.name}`);
  }

  return {
    ...services,
    settings,
    clock,
    brainz,
    program,
    people,
    guests,
    room: createRoom(services, discordPerson, channel),
    diarist,
    /** One that nobody has heard yet. */
    song() {
      const song = songs.pop();
      if (!song) throw new Error("there is no song left");
      return song;
    },
    /** An empty one, that is gone with the world. */
    folder(name: string): string {
      const path = join(services.dataDir, "beside", name);
      mkdirSync(path, { recursive: true });
      return path;
    },
    pause,
    until,
    eventually,
    start,
    /** Nobody watches anybody any more. */
    unwatch(): void {
      for (const end of ends.values()) end();
      ends.clear();
    },
    /** What comes to be in a list that only grows, until it is watched again or nobody watches. */
    grows(look: () => string[]): () => string[] {
      ends.get(look)?.();
      const from = look().length;
      let to: number | undefined;
      ends.set(look, () => {
        to = look().length;
      });
      return () => look().slice(from, to);
    },
    /** What the bot writes to them and does at the music service for them, until somebody watches them again or nobody does. */
    watch(someone: Someone) {
      ends.get(someone)?.();
      const from = someone.seen().length;
      const mark = control.calls().at(-1);
      let to: number | undefined;
      let end: LoggedCall | undefined;
      const after = (call: LoggedCall | undefined) => (call ? control.calls().lastIndexOf(call) + 1 : 0);
      ends.set(someone, () => {
        to = someone.seen().length;
        end = control.calls().at(-1);
      });
      return {
        answers: () => someone.seen().slice(from, to),
        /** Calls that had an effect, by the service's own account. */
        calls: (method: string, path: string) =>
          control
            .calls()
            .slice(after(mark), end && after(end))
            .filter(
              ({ route, userId, status }) =>
                route === `${method} ${path}` && userId === someone.account.id && status < 300,
            ).length,
      };
    },
    rows,
    owed,
    idle,
    asks,
    /** Time goes by, in steps with room for what happens in them. Rejects with Gone when the program dies meanwhile. */
    async passes(ms: number, stepMs: number): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) {
        if (!program.alive()) throw new Gone("time went by");
        await program.advance(Math.min(left, stepMs));
        await pause(stepPauseMs);
      }
    },
    /** By what the program knows them. */
    personOf({ platform, userId }: Someone): string {
      const [row] = rows("select person_id from identities where platform = ? and user_id = ?", platform, userId);
      return String(row?.person_id);
    },
    links,
    /** Starts it, and everybody is linked. */
    async begin(): Promise<void> {
      await start();
      for (const someone of Object.values(people)) await links(someone);
    },
    /** Something plays for them, over and over, if nothing does. */
    hums({ account, device }: Someone): void {
      if (!control.player.look(account.id).playing) control.player.play(account.id, { device, uris: usual });
      control.player.set(account.id, { repeat: "context" });
    },
    async close() {
      await program.kill();
      for (const close of closers) await close();
      await services.close();
    },
  };
}
export type World = Awaited<ReturnType<typeof openWorld>>;

/** Says only that something happens, where the answer will be. */
export const isSign = (text: string) => text === "One moment…";

/** One of each album, as what is asked for is played inside its album; no two are called alike. */
function songsOf() {
  const tracks = [...loadCatalogue().tracks.values()];
  const first = <K>(keyOf: (track: (typeof tracks)[number]) => K) => {
    const seen = new Set<K>();
    return (track: (typeof tracks)[number]) => !seen.has(keyOf(track)) && Boolean(seen.add(keyOf(track)));
  };
  return (
    tracks
      // Of "Song - 2018 Remaster" the history may keep the name of the same recording elsewhere.
      .filter(({ name }) => /^[\w' ]+$/.test(name))
      .filter(first(({ name }) => name))
      .filter(first(({ albumId }) => albumId))
      .map(({ id, name, durationMs }) => ({
        uri: `spotify:track:${id}`,
        url: `https://open.spotify.com/track/${id}`,
        name,
        durationMs,
      }))
  );
}

/** Of a program's database, beside the program. */
export function rowsIn(path: string, sql: string, ...values: SQLInputValue[]) {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  try {
    return file.prepare(sql).all(...values);
  } finally {
    file.close();
  }
}

const free = { player: null, catalogue: null, discography: null, episodes: null, playlists: null, library: null };
