import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readLocales } from "../../src/core/i18n.ts";
import { loadSkills } from "../../src/core/registry.ts";
import { language, openStage, type Scene } from "./stage.ts";

const root = join(import.meta.dirname, "../..");
const skills = await loadSkills(join(root, "skills"));
const locales = await readLocales(
  join(root, "locales"),
  skills.map((skill) => skill.name),
);

const examples = [...locales].flatMap(([locale, files]) =>
  [...files].flatMap(([name, file]) =>
    Object.entries(file.examples).flatMap(([intent, list]) =>
      list.map((example) => ({ locale, name, intent, ...(typeof example === "string" ? { say: example } : example) })),
    ),
  ),
);

describe("an example sentence of a locale file is understood", () => {
  it.each(examples)("$locale $intent: $say", ({ locale, name, intent, say, ...expected }) => {
    const parsed = language().parse(say, { locale });
    expect(parsed.intent).toBe(intent);
    if ("slots" in expected) expect(parsed.slots).toEqual(expected.slots);
    const schema = skills.find((skill) => skill.name === name)?.intents[intent];
    expect(schema?.safeParse(parsed.slots).success).toBe(true);
  });
});

/**
 * What a sentence of each intent makes the service do, whatever its language and words; empty: nothing. An intent without a
 * line here fails, so that every new one says what it is for.
 */
const effects: Record<string, readonly string[]> = {
  "history.recent": [],
  "history.top": [],
  "history.totals": [],
  "playback.play": ["PUT /me/player/play"],
  "queue.add": ["POST /me/player/queue"],
  "queue.show": ["GET /me/player/queue"],
  "queue.clear": [],
  "queue.remove": [],
  "queue.move": [],
  "playback.pause": ["PUT /me/player/pause"],
  "playback.resume": ["PUT /me/player/play"],
  "playback.restart": ["PUT /me/player/seek"],
  "playback.next": ["POST /me/player/next"],
  "playback.previous": ["POST /me/player/previous"],
  "playback.skip_to": ["POST /me/player/next"],
  "playback.seek": ["PUT /me/player/seek"],
  "playback.shuffle": ["PUT /me/player/shuffle"],
  "playback.repeat": ["PUT /me/player/repeat"],
  "playback.sleep": [],
  "playback.sleep_left": [],
  "player.list": [],
  "history.import": [],
  "history.export": [],
  "recording.set": [],
  "recording.private": [],
  "privacy.show": [],
  "privacy.delete": [],
  "digest.show": [],
  "announce.set": [],
  "watch.manual": [],
  "digest.set": [],
  "digest.picture": [],
  "compare.taste": [],
  "nowplaying.everyone": [],
  "compare.knows": [],
  "compare.streaks": [],
  "diary.show": [],
  "slots.show": [],
  "playback.stay_awake": [],
  "playback.undo": ["PUT /me/player/volume"],
  "playback.share": ["GET /me/player"],
  "volume.set": ["PUT /me/player/volume"],
  "volume.up": ["PUT /me/player/volume"],
  "volume.down": ["PUT /me/player/volume"],
  "volume.mute": ["PUT /me/player/volume"],
  "volume.unmute": ["PUT /me/player/volume"],
  "volume.query": ["GET /me/player"],
  "nowplaying.query": ["GET /me/player"],
  "device.list": ["GET /me/player/devices"],
  "device.transfer": ["PUT /me/player"],
  "device.prefer": ["GET /me/player/devices"],
  "library.like": ["PUT /me/library"],
  "library.unlike": ["DELETE /me/library"],
  "library.show": ["GET /me/tracks"],
  "playlist.list": ["GET /me/playlists"],
  "playlist.show": ["GET /playlists/{playlist_id}/items"],
  "playlist.share": [],
  "playlist.create": ["POST /me/playlists"],
  "playlist.rename": ["PUT /playlists/{playlist_id}"],
  "playlist.delete": [],
  "playlist.follow": ["PUT /me/library"],
  "playlist.add": ["POST /playlists/{playlist_id}/items"],
  "playlist.remove": ["DELETE /playlists/{playlist_id}/items"],
  "search.query": ["GET /search"],
  "account.link": [],
  "account.unlink": [],
  "account.status": [],
  "unsupported.lyrics": [],
  "explain.last": [],
  "alias.list": [],
  "alias.keep": [],
  "alias.remove": [],
  "place.my_zone": [],
  help: [],
};

async function queuesTwo({ anna }: Scene): Promise<void> {
  for (const track of ["Yesterday", "7 rings", "Creep"]) await anna.sends("queue.add", { track });
}

/** What is asked about before it is done. */
const asked: ReadonlySet<string> = new Set(["account.unlink", "playlist.delete", "privacy.delete", "recording.set"]);
/** What is for groups, or for who has no account: a direct chat of somebody who is linked is told so. */
const refused: ReadonlySet<string> = new Set(["compare.taste", "compare.knows", "diary.show"]);

/** What must be so before a sentence can have its effect. */
const before: Record<string, (scene: Scene) => Promise<unknown>> = {
  "playback.resume": ({ anna }) => anna.sends("playback.pause"),
  "playback.previous": async (scene) => scene.plays("I Miss You", "Adele"),
  "playback.undo": ({ anna }) => anna.says("volume 30", { locale: "en" }),
  "volume.unmute": ({ anna }) => anna.sends("volume.mute"),
  "queue.remove": queuesTwo,
  "queue.move": queuesTwo,
  "alias.remove": async ({ anna }) => {
    for (const name of ["our song", "unser lied", "nuestra canción", "notre chanson"])
      await anna.sends("alias.keep", { name });
  },
  "playlist.show": async ({ anna }) => {
    await anna.sends("playlist.create", { name: "gym" });
    await anna.sends("playlist.add", { playlist: "gym" });
  },
  "playlist.rename": ({ anna }) => anna.sends("playlist.create", { name: "gym" }),
  "playlist.delete": ({ anna }) => anna.sends("playlist.create", { name: "gym" }),
  "playlist.follow": ({ anna }) => anna.sends("playlist.create", { name: "gym" }),
  "playlist.share": ({ anna }) => anna.sends("playlist.create", { name: "gym" }),
  "playlist.add": ({ anna }) => anna.sends("playlist.create", { name: "gym" }),
  "playlist.remove": async ({ anna }) => {
    await anna.sends("playlist.create", { name: "gym" });
    await anna.sends("playlist.add", { playlist: "gym" });
  },
};

describe("an example sentence does what it says", () => {
  const stage = openStage();

  it.each(examples)("$locale $intent: $say", async ({ locale, intent, say }) => {
    const scene = await stage.begin();
    await scene.plays("Hello", "Adele");
    if (intent === "playback.undo") await scene.anna.sends("volume.query");
    await before[intent]?.(scene);
    scene.calls();
    const reply = await scene.anna.says(say, { locale });
    const kind = refused.has(intent) ? "error" : asked.has(intent) ? "question" : "answer";
    expect(reply.kind, reply.text).toBe(kind);
    expect(scene.talk.logLines.join("\n")).toMatch(new RegExp(`"intent":"${intent}","outcome":"${kind}"`));
    expect(Object.keys(scene.calls())).toEqual(expect.arrayContaining([...(effects[intent] ?? ["a line in effects"])]));
  });
});
