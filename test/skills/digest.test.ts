import { describe, expect, it } from "vitest";
import type { DigestKind } from "../../src/contracts/digests.ts";
import { listenerOf, type Sighting } from "../../src/contracts/listening.ts";
import type { Picture } from "../../src/contracts/pictures.ts";
import type { Block, Reply } from "../../src/contracts/reply.ts";
import { createHistory } from "../../src/listening/history.ts";
import { createFakePictures } from "../fakes/pictures.ts";
import { type Conversation, type ConversationOptions, startConversation } from "../support/conversation.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const hall = { place: "hall" };
const only = ["digest", "recording", "history", "place"];

type Song = readonly [title: string, artist: string, album?: string];
const longAgo: readonly Song[] = [["First Light", "Elder"]];

async function begin(options: ConversationOptions = {}) {
  const pictures = createFakePictures();
  const talk = await startConversation({ only, pictures, announcing: true, digesting: true, ...options });
  const people = await Promise.all(
    ["anna", "ben"].map(async (name) => {
      const { id } = await talk.store.people.ensure(talk.user(name).ref, name, talk.clock.now());
      return [name, id] as const;
    }),
  );
  const ids = new Map(people);
  const idOf = (name: string) => ids.get(name) ?? "";
  await talk.store.people.setOperator(idOf("anna"));
  /** The last one ending then. */
  async function heard(name: string, songs: readonly Song[], endedAt = talk.clock.now()) {
    const history = createHistory({ store: talk.store, clock: talk.clock });
    const sightings = songs.map(([title, artist, album], at): Sighting => {
      const end = endedAt - (songs.length - 1 - at) * 4 * minute;
      return {
        source: { origin: "tunes", way: "observed" },
        key: `${end}`,
        heard: {
          kind: "track",
          uri: `tunes:${title}`,
          title,
          artists: [{ name: artist }],
          ...(album === undefined ? {} : { album: { name: album } }),
          durationMs: 3 * minute,
        },
        startedAt: end - 3 * minute,
        endedAt: end,
        exact: "both",
        listenedMs: 3 * minute,
      };
    });
    await history.ledger.record(listenerOf.person(idOf(name)), sightings);
  }
  return { talk, pictures, heard, idOf, anna: talk.user("anna", hall), ben: talk.user("ben", hall) };
}

const songs: Song[] = [
  ["Low Water", "Mara Venn", "Harbour"],
  ["Tidal", "Mara Venn", "Harbour"],
  ["Low Water", "Mara Venn", "Harbour"],
  ["Cobalt", "The Pale", "Blue"],
];

/** Lets jobs and platforms have their turns. */
async function passes(talk: Conversation, ms: number) {
  const end = talk.clock.now() + ms;
  while (talk.clock.now() < end) {
    await talk.clock.advance(Math.min(hour, end - talk.clock.now()));
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
async function posted(talk: Conversation): Promise<Reply> {
  await expect
    .poll(() => talk.adapter.shown.find(({ key }) => key.startsWith("digest:")), { timeout: 5_000 })
    .toBeDefined();
  return talk.adapter.shown.find(({ key }) => key.startsWith("digest:"))?.reply as Reply;
}
const images = (reply: Reply | undefined) => (reply?.blocks ?? []).filter((block) => block.type === "image");
const labels = (reply: Reply | undefined) =>
  (reply?.blocks ?? []).flatMap((block: Block) =>
    block.type === "buttons" ? block.buttons.map(({ label }) => label) : [],
  );

describe("digests of a place", () => {
  it("are switched on by whoever manages it, and by nobody else", async () => {
    const { anna, ben } = await begin();
    expect((await ben.sends("digest.set"))?.text).toContain("There are none here. Whoever manages this place");
    const refused = await ben.sends("digest.set", { every: "week", state: "on" });
    expect(refused?.kind).toBe("error");
    const on = await anna.sends("digest.set", { every: "week", state: "on", hour: 18 });
    expect(on?.visibility).toBe("private");
    expect(on?.text).toContain("Every week from now on; the first one comes Nov 23, 2026, 18:00");
    expect(on?.text).toContain("Nobody takes part yet. You do not.");
    expect(labels(on)).toEqual([
      "Switch daily on",
      "Switch weekly off",
      "Switch monthly on",
      "Switch yearly on",
      "Preview",
      "Take part",
    ]);
    expect((await anna.presses("Switch monthly on"))?.text).toContain("Every month from now on");
    expect((await anna.presses("Switch weekly off"))?.text).toContain("No weekly digest any more.");
    expect((await ben.sends("digest.set"))?.text).toMatch(/Every month: next Dec 1, 2026, 09:00/);
    expect((await anna.sends("digest.set", { state: "off" }))?.text).toContain("No digests any more.");
    expect((await anna.sends("digest.set", { state: "off" }))?.text).toContain("There was none.");
    expect((await anna.sends("digest.set", { every: "week", hour: 24 }))?.kind).toBe("error");
  });

  it.each([
    ["en", "/digest fortnight", "“fortnight” is not something I know here (day, week, month or year)."],
    ["de", "/rückblick Quartal", "„Quartal“ kenne ich hier nicht (Tag, Woche, Monat oder Jahr)."],
    ["es", "/resumen quincena", "No conozco “quincena” aquí (día, semana, mes o año)."],
    ["fr", "/bilan quinzaine", "Je ne connais pas « quinzaine » ici (jour, semaine, mois ou année)."],
  ])("say in the words of %s which rhythms there are", async (locale, command, says) => {
    const { talk } = await begin();
    expect((await talk.user("anna", { ...hall, locale }).says(command))?.text).toContain(says);
  });

  it("are joined by each person after they have seen what it would say of them", async () => {
    const { talk, ben, heard, idOf } = await begin();
    const empty = await ben.sends("digest.join");
    expect(empty?.kind).toBe("question");
    expect(empty?.text).toMatch(/Never who heard what/);
    expect(empty?.text).toContain("there is nothing to show you yet");
    await heard("ben", songs);
    const asked = await ben.sends("digest.join");
    expect(asked?.visibility).toBe("private");
    expect(asked?.text).toContain("This is what it would say of you this week:");
    expect(asked?.text).toContain("1. Low Water by Mara Venn · 2×");
    expect(images(asked)).toHaveLength(2);
    expect(await talk.store.shares.of(idOf("ben"))).toEqual([]);
    expect((await ben.presses("Yes, I take part"))?.text).toMatch(/^You take part\./);
    expect(await talk.store.shares.of(idOf("ben"))).toMatchObject([{ use: "digest", place: { id: "hall" } }]);
    expect((await ben.sends("digest.join"))?.text).toBe("You take part already.");
    expect((await ben.sends("digest.set"))?.text).toContain("1 takes part: you.");
    expect((await talk.user("ben").sends("digest.join"))?.text).toMatch(/for places with others/);
    expect((await ben.sends("digest.join", { state: "off" }))?.text).toMatch(/take part no more/);
    expect((await ben.sends("digest.join", { state: "off" }))?.text).toMatch(/take no part/);
    expect(await talk.store.shares.of(idOf("ben"))).toEqual([]);
  });

  it("come once their time is over, with pictures, and tell nobody's name", async () => {
    const { talk, pictures, anna, ben, heard } = await begin();
    for (const name of ["anna", "ben"]) await heard(name, longAgo, talk.clock.now() - 3 * 365 * day);
    for (const one of [anna, ben]) await one.sends("digest.join", { state: "on", sure: "yes" });
    await anna.sends("digest.set", { every: "day", state: "on" });
    await heard("anna", songs);
    await heard("ben", songs.slice(1), talk.clock.now() - hour);
    await passes(talk, day);
    const reply = await posted(talk);
    expect(reply.visibility).toBe("public");
    expect(reply.text.split("\n")).toEqual(
      [
        "The day in music · Saturday, November 21, 2026",
        "2 listeners heard 21 min of music together, 7 plays.",
        "1. Low Water by Mara Venn · 3×",
        "2. Tidal by Mara Venn · 2×",
        "3. Cobalt by The Pale · 2×",
        "Artists: Mara Venn · The Pale",
        "Heard for the first time: 4 artists, such as Mara Venn and The Pale",
        "2 sessions, the longest 15 min; most music around 12 PM",
      ].map((line) =>
        line.includes("most music around")
          ? expect.stringMatching(/^2 sessions, the longest 15 min; most music around/)
          : line,
      ),
    );
    expect(reply.text).not.toMatch(/anna|ben/i);
    expect(images(reply)).toEqual([
      {
        type: "image",
        url: "https://here.example/drawn/top",
        alt: "Top songs: Low Water by Mara Venn, Tidal by Mara Venn, and Cobalt by The Pale",
        large: true,
      },
    ]);
    expect(labels(reply)).toEqual(["Take part", "Settings"]);
    expect(reply.blocks.at(-2)?.type).toBe("attribution");
    expect(pictures.drawn.at(-1)?.picture).toMatchObject({
      kind: "top",
      tone: "day",
      subtitle: expect.stringContaining("2 listeners"),
    });
    await passes(talk, day);
    expect(talk.adapter.shown.filter(({ key }) => key.startsWith("digest:"))).toHaveLength(1);
    const status = await anna.sends("digest.set");
    expect(status?.text).toContain("Sunday, November 22, 2026: nothing was heard, so nothing was sent");
    expect(status?.text).toContain("Saturday, November 21, 2026: sent");
  });

  it("lose who stops taking part, in the message that stands there", async () => {
    const { talk, anna, ben, heard } = await begin();
    for (const one of [anna, ben]) await one.sends("digest.join", { state: "on", sure: "yes" });
    await anna.sends("digest.set", { every: "day", state: "on" });
    await heard("anna", [["Only Hers", "Solo"]]);
    await heard("ben", songs, talk.clock.now() - hour);
    await passes(talk, day);
    expect((await posted(talk)).text).toContain("Only Hers");
    await anna.sends("digest.join", { state: "off" });
    await passes(talk, minute);
    await expect.poll(async () => (await posted(talk)).text).not.toContain("Only Hers");
    expect((await posted(talk)).text).toContain("12 min of music, 4 plays.");
    await ben.sends("digest.join", { state: "off" });
    await passes(talk, minute);
    await expect
      .poll(async () => (await posted(talk)).text)
      .toBe("This digest was taken back by those whose music it told of.");
    expect(images(await posted(talk))).toEqual([]);
  });

  it("are told in words where nothing can be drawn", async () => {
    const { talk, pictures, anna, heard } = await begin();
    pictures.broken = true;
    await anna.sends("digest.join", { state: "on", sure: "yes" });
    await heard("anna", songs);
    const reply = await anna.sends("digest.show", { every: "week" });
    expect(reply?.text).toContain("Low Water by Mara Venn");
    expect(images(reply)).toEqual([]);
    expect((await talk.user("anna").sends("digest.picture", { picture: "clock" }))?.text).toMatch(
      /cannot draw that now/,
    );
  });

  it("are off where the terms of a service bar sums", async () => {
    const { anna } = await begin({ statistics: false });
    for (const intent of ["digest.set", "digest.show", "digest.join"])
      expect((await anna.sends(intent))?.text).toContain("DERIVED_STATISTICS");
  });
});

describe("a digest for one person", () => {
  it("is previewed, and comes to them alone", async () => {
    const { talk, heard } = await begin();
    const anna = talk.user("anna");
    expect((await anna.sends("digest.show"))?.text).not.toContain("Low Water");
    await heard("anna", songs);
    const preview = await anna.sends("digest.show", { every: "week" });
    expect(preview?.text).toMatch(/^This week so far, as you would be told\. Only you see this\.\nYour week in music/);
    expect(preview?.text).toContain("12 min of music in 4 plays.");
    expect(images(preview).map(({ url }) => url)).toEqual([
      "https://here.example/drawn/top",
      "https://here.example/drawn/clock",
    ]);
    expect((await anna.presses("Settings"))?.text).toContain("Digests for you alone");
    expect((await anna.presses("Switch daily on"))?.text).toContain("Every day from now on");
    await passes(talk, day);
    const reply = await posted(talk);
    const message = talk.adapter.shown.find(({ key }) => key.startsWith("digest:"));
    expect([reply.visibility, message?.place.id, message?.to?.id]).toEqual(["private", "direct-anna", "anna"]);
    expect(reply.text).toMatch(/^Your day in music · Saturday, November 21, 2026\n12 min of music in 4 plays\./);
  });

  it("has no picture any more of whoever deletes everything", async () => {
    const { talk, pictures, heard, idOf } = await begin({ only: [...only, "privacy"] });
    await heard("ben", songs);
    await talk.user("ben").sends("digest.picture", { picture: "albums", period: "this_month" });
    expect(pictures.drawn.map(({ subject }) => subject.includes(idOf("ben")))).toEqual([true]);
    // The first try fails, as on a disk that takes no writes: nobody is told that all is gone before it is.
    const forget = pictures.forgetPreviews;
    let broken = true;
    pictures.forgetPreviews = async () => {
      if (broken) throw new Error("EROFS");
      await forget();
    };
    const asked = talk.user("ben").sends("privacy.delete", { step: "yes" });
    await talk.clock.until(asked, { withinMs: minute, realMs: 1 }).catch(() => undefined);
    expect(talk.adapter.shown.map(({ reply }) => reply.text).join()).not.toContain("Everything is deleted");
    broken = false;
    const receipt = await talk.clock.until(talk.user("ben").sends("privacy.delete", { step: "yes" }), {
      withinMs: minute,
      realMs: 1,
    });
    expect(receipt?.text).toMatch(/^Everything is deleted/);
    expect(pictures.drawn).toEqual([]);
  });

  it("has pictures of any time", async () => {
    const { talk, pictures, heard } = await begin();
    const anna = talk.user("anna");
    await heard("anna", songs);
    const albums = await anna.sends("digest.picture", { picture: "albums", period: "this_month" });
    expect(images(albums)).toMatchObject([{ alt: "Top albums: Harbour by Mara Venn and Blue by The Pale" }]);
    expect(albums?.visibility).toBe("private");
    expect((await anna.presses("Clock"))?.text).toMatch(
      /^Listening clock: 12 min of music by hour of the day, the most around/,
    );
    expect(pictures.drawn.find(({ slot }) => slot === "albums")?.picture.subtitle).toBe("November 2026");
    await anna.sends("digest.picture", { picture: "top", period: "P4W" });
    expect(pictures.drawn.find(({ slot }) => slot === "top")?.picture.subtitle).toMatch(
      /^October 24\s–\sNovember 21, 2026$/,
    );
    const drawn = (kind: Picture["kind"]) => pictures.drawn.find(({ picture }) => picture.kind === kind)?.picture;
    const clock = drawn("clock");
    expect(clock?.kind === "clock" && clock.hours.reduce((sum, each) => sum + each, 0)).toBe(12 * minute);
    await anna.presses("My year");
    const year = drawn("year");
    expect(year).toMatchObject({ tone: "year", figure: { value: "12", label: "minutes" } });
    expect(year?.kind === "year" && year.months.map(({ label, sum }) => `${label}${sum > 0 ? "!" : ""}`).join("")).toBe(
      "JFMAMJJASON!D",
    );
    expect((await anna.sends("digest.picture", { picture: "top", period: "2019" }))?.text).toMatch(
      /nothing that you heard|do not write down/,
    );
    expect((await anna.sends("digest.picture", { picture: "top", period: "someday" }))?.kind).toBe("error");
  });
});

describe("a time in which recording began", () => {
  it.each([
    ["en", "Recorded since November 21.", /New to you|before/],
    ["de", "Mitgeschrieben ab 21. November.", /Neu für dich|davor/],
    ["es", "Registrado desde el 21 de noviembre.", /[Nn]uev|anterior/],
    ["fr", "Noté depuis le 21 novembre.", /[Nn]ouve|précédent/],
  ])("is said to be so in %s, and nothing is called new", async (locale, since, claims) => {
    const { talk, heard, pictures } = await begin();
    const anna = talk.user("anna");
    await heard("anna", songs);
    const year = await anna.sends("digest.show", { every: "year" }, { locale });
    expect(year?.text.split("\n")).toContain(since);
    expect(year?.text).not.toMatch(claims);
    const drawn = pictures.drawn.find(({ slot }) => slot === "year")?.picture;
    expect(drawn?.footer).toContain(since.replace(/\.$/, "").replace(/^./u, (first) => first.toLowerCase()));
    expect(JSON.stringify(drawn?.kind === "year" && drawn.facts)).not.toMatch(/discover|entdeck|descubr|découv/i);
  });

  it("is drawn as songs where no picture is named", async () => {
    const { talk, heard, pictures } = await begin();
    const anna = talk.user("anna");
    await heard("anna", songs);
    for (const asked of ["/picture", "/picture songs", "/picture artists"]) {
      pictures.drawn.length = 0;
      expect((await anna.says(asked))?.kind).not.toBe("error");
      expect(pictures.drawn.map(({ slot }) => slot)).toEqual(["top"]);
    }
    const refused = await anna.says("/picture sunset");
    expect(refused?.kind).toBe("error");
    expect((await anna.says("/rückblick sonnenuntergang", { locale: "de" }))?.text).not.toContain("every");
  });
});

describe.each([
  ["en", "The week in music · November 16 – 21, 2026", "12 min of music, 4 plays."],
  ["de", "Die Woche in Musik · 16.–21. November 2026", "12 Min. Musik bei 4 Wiedergaben."],
  ["es", "La semana en música · 16–21 de noviembre de 2026", "12 min de música, 4 reproducciones."],
  ["fr", "La semaine en musique · 16–21 novembre 2026", "12 min de musique, 4 écoutes."],
])("a digest in %s", (locale, heading, sums) => {
  it.each<DigestKind>(["day", "week", "month", "year"])("is whole for a %s", async (every) => {
    const { talk, anna, heard, pictures } = await begin({ digesting: false, announcing: false });
    await anna.sends("digest.join", { state: "on", sure: "yes" });
    await heard("anna", longAgo, talk.clock.now() - 3 * 365 * day);
    await heard("anna", songs);
    const reply = await anna.sends("digest.show", { every }, { locale });
    const lines = reply?.text.split("\n") ?? [];
    if (every === "week") {
      const plain = (text: string | undefined) => text?.replace(/[\u{2009}\u{202F}\u{00A0}]/gu, " ");
      expect([plain(lines[1]), lines[2]]).toEqual([heading, sums]);
    }
    expect(reply?.text).not.toMatch(/[{}]|undefined|NaN|Invalid/);
    expect(JSON.stringify(pictures.drawn)).not.toMatch(/undefined|NaN|Invalid/);
    expect(images(reply).length).toBeGreaterThan(0);
    for (const image of images(reply)) expect(image.alt.length).toBeGreaterThan(20);
    expect(reply?.text).toMatchSnapshot();
  });
});
