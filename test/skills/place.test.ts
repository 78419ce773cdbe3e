import { describe, expect, it } from "vitest";
import type { Standing } from "../../src/contracts/adapter.ts";
import type { OAuthLinking } from "../../src/contracts/music.ts";
import type { Block, Reply } from "../../src/contracts/reply.ts";
import { createChatAdapter } from "../fakes/chat-adapter.ts";
import { talk } from "../unit/core/support.ts";
import { labels, pressables } from "./stage.ts";

const service = { id: "test", linking: {} as OAuthLinking };
const speaker = {
  id: "box",
  players: [
    { id: "office", name: "Office speaker" },
    { id: "roof", name: "Roof" },
  ],
};

const direct = "";

/** Ann manages the hall; there may be more groups than a menu shows. */
async function hall(providers: NonNullable<Parameters<typeof talk>[0]>["providers"] = [service, speaker], groups = 1) {
  const adapter = Object.assign(createChatAdapter(), {
    standing: async (_place: unknown, user: { id: string }): Promise<Standing> => ({
      manager: user.id === "ann",
      groups: [],
    }),
    groups: async () => Array.from({ length: groups }, (_, at) => ({ id: `g${at}`, name: `Group ${at}` })),
  });
  const held = await talk({
    adapter,
    shared: true,
    only: ["account", "help", "place"],
    providers: providers ?? [],
    opened: false,
  });
  /** Only the operator opens a shared player to a place. */
  const crown = async (name: string) => {
    await held.user(name).says("help");
    const person = await held.store.people.find(held.user(name).ref);
    if (person) await held.store.people.setOperator(person.id);
  };
  const of = (name: string, place = "hall") => {
    const user = held.user(name, place === direct ? {} : { place });
    const answered = async (work: Promise<Reply | undefined>) => {
      const reply = await work;
      if (!reply) throw new Error("no answer");
      return reply;
    };
    return {
      sends: (intent: string, slots?: Record<string, unknown>) => answered(user.sends(intent, slots)),
      silently: (intent: string) => user.sends(intent),
      says: (text: string) => answered(user.says(text)),
      presses: (label: string | RegExp) => answered(user.presses(label)),
    };
  };
  /** The operator has given the hall its player. */
  const given = () =>
    held.store.settings.put("place:test::hall", "place.choices", { player: { provider: "box", playerId: "office" } });
  return { held, adapter, given, ann: of("ann"), bob: of("bob"), of, crown };
}

const field = (reply: Reply, name: string) =>
  reply.blocks.flatMap((block) => (block.type === "fields" ? block.fields : [])).find((each) => each.name === name)
    ?.value;
const menus = (reply: Reply) =>
  reply.blocks.filter((block): block is Extract<Block, { type: "select" }> => block.type === "select");

describe("the settings of a place", () => {
  it("are one screen of what holds and what can be pressed", async () => {
    const { ann } = await hall();
    const screen = await ann.says("/settings");
    expect(screen.visibility).toBe("private");
    expect(field(screen, "Shared player")).toBe("None: everybody uses their own");
    expect(field(screen, "Answers")).toMatch(/^As usual/);
    expect(menus(screen).map(({ label }) => label)).toEqual(expect.arrayContaining(["Shared player", "Answers"]));
    expect(labels(screen)).toEqual(expect.arrayContaining(["Commands", "Time zone"]));
    // Nor has who manages a place a say over a player that it was not given.
    expect(labels(screen)).not.toContain("Who may do what");
    // Whoever only manages a place opens no player of the operator's to it.
    expect(labels(screen)).not.toContain("Office speaker");
    expect((await ann.sends("place.set", { setting: "player", value: "box/office" })).kind).toBe("error");
    expect(screen.text).toContain("Time zone: not set");
  });

  it("give the place a shared player by one press of the operator's, and take it back", async () => {
    const { ann, crown } = await hall();
    await crown("ann");
    await ann.says("/settings");
    const saved = await ann.presses("Office speaker");
    expect(saved.text).toMatch(/^Saved\.\nSettings of this place/);
    expect(field(saved, "Shared player")).toBe("Office speaker");
    expect(await ann.presses("None: everybody uses their own")).toMatchObject({ kind: "question" });
    expect(field(await ann.presses("Yes, take it away"), "Shared player")).toMatch(/^None/);
    expect(field(await ann.sends("place.set", { setting: "player", value: "inherit" }), "Shared player")).toMatch(
      /^None/,
    );
  });

  it("are shown to everybody, and nothing can be pressed by who may not", async () => {
    const { bob } = await hall();
    const screen = await bob.says("/settings");
    expect(labels(screen)).toEqual([]);
    expect(screen.text).toContain("Only those who manage this place, or whoever runs this bot, can change this.");
  });

  it("set who may do what, by the platform's groups too", async () => {
    const { ann, given } = await hall();
    await given();
    await ann.says("/settings");
    const roles = await ann.presses("Who may do what");
    expect(field(roles, "Change playlists and likes")).toBe("those who manage this place");
    const who = await ann.presses("Change playlists and likes");
    expect(labels(who)).toEqual(expect.arrayContaining(["everyone", "Group 0"]));
    expect(field(await ann.presses("Group 0"), "Change playlists and likes")).toBe("Group 0");
  });

  it("stay within a menu's limit however many groups there are", async () => {
    const { ann, given } = await hall([speaker], 60);
    await given();
    const who = await ann.sends("place.settings", { part: "roles", role: "read" });
    expect(menus(who)[0]?.options).toHaveLength(25);
  });

  it("switch commands off and on", async () => {
    const { ann, bob } = await hall();
    await ann.sends("place.settings", { part: "commands" });
    const off = await ann.presses("Switch off: Music");
    expect(field(off, "Music")).toBe("off");
    expect((await bob.says("play Hello")).text).toMatch(/^That is switched off here/);
    expect(field(await ann.says("/settings"), "Commands")).toBe("without Music");
    await ann.sends("place.settings", { part: "commands" });
    expect(field(await ann.presses("Switch on: Music"), "Music")).toBe("on");
  });

  it("take a time zone by form, by words, by alias, and no other", async () => {
    const { ann } = await hall();
    const asks = pressables(await ann.says("/settings")).find(({ label }) => label === "Time zone");
    expect(asks).toMatchObject({ form: true, command: { intent: "place.zone" } });
    expect((await ann.presses("Time zone")).text).toContain("/time-zone Europe/Berlin");
    expect(field(await ann.says("/time-zone America/New_York"), "Time zone")).toBe("America/New_York");
    expect(field(await ann.says("/time-zone Asia/Calcutta"), "Time zone")).toMatch(/^Asia\/(Calcutta|Kolkata)$/);
    expect(await ann.says("/time-zone Middle/Earth")).toMatchObject({ kind: "error" });
  });

  it("have the zone of a person, wherever they speak, when it is set in their own chat", async () => {
    const { held, of } = await hall();
    const mine = of("bob", direct);
    const own = async (name: string) => (await held.store.people.find(held.user(name).ref))?.timeZone;
    expect((await mine.sends("place.zone")).text).toContain("your time zone");
    expect((await of("ann").sends("place.zone")).text).not.toContain("your time zone");
    await of("ann").says("/time-zone America/New_York");
    expect(field(await mine.says("/time-zone Asia/Tokyo"), "Time zone")).toBe("Asia/Tokyo");
    expect([await own("ann"), await own("bob")]).toEqual([undefined, "Asia/Tokyo"]);
    expect(field(await of("bob").says("/settings"), "Time zone")).toBe("America/New_York");
    expect(field(await of("ann", direct).says("/settings"), "Time zone")).toBe("not set");
    expect((await of("bob", direct).says("/time-zone Middle/Earth")).kind).toBe("error");
    expect(field(await mine.sends("place.zone", { zone: "inherit" }), "Time zone")).toBe("not set");
    expect(await own("bob")).toBeUndefined();
  });

  it("have the zone that a person says is theirs, wherever it is said; never that of the place", async () => {
    const { held, of } = await hall();
    const own = async (name: string) => (await held.store.people.find(held.user(name).ref))?.timeZone;
    const mine = (name: string, zone?: string) => of(name).sends("place.my_zone", zone === undefined ? {} : { zone });
    expect((await mine("ann", "Asia/Tokyo")).text).toContain("in Asia/Tokyo from now on");
    expect((await mine("bob", "new  york")).text).toContain("in America/New_York");
    expect((await of("bob").says("/my-time-zone São Paulo")).text).toContain("in America/Sao_Paulo");
    expect([await own("ann"), await own("bob")]).toEqual(["Asia/Tokyo", "America/Sao_Paulo"]);
    expect(field(await of("bob").says("/settings"), "Time zone")).toBe("not set");
    expect(field(await of("bob", direct).says("/settings"), "Time zone")).toBe("America/Sao_Paulo");
    const unknown = await mine("bob", "Middle Earth");
    expect(unknown).toMatchObject({ kind: "error" });
    expect(unknown.text).toContain("“Middle Earth”");
    expect((await mine("bob")).text).toContain("“/my-time-zone Europe/Berlin”");
    expect(await own("bob")).toBe("America/Sao_Paulo");
    expect((await mine("bob", "inherit")).text).toBe("I have forgotten your time zone.");
    expect(await own("bob")).toBeUndefined();
    for (const word of ["auto", "Automatic", "none"]) {
      await mine("bob", "Asia/Tokyo");
      expect((await of("bob").says(`/my-time-zone ${word}`)).text, word).toBe("I have forgotten your time zone.");
      expect(await own("bob")).toBeUndefined();
    }
  });

  it("lose the zone that a chat of one's own was given once, with the person's", async () => {
    const { held, of } = await hall();
    await held.store.settings.put("place:test::direct-bob", "place.choices", { timeZone: "Asia/Tokyo" });
    const mine = of("bob", direct);
    expect(field(await mine.says("/settings"), "Time zone")).toBe("Asia/Tokyo");
    expect(field(await mine.sends("place.zone", { zone: "inherit" }), "Time zone")).toBe("not set");
  });

  it("of one's own chat are one's own, but for what is the operator's to give", async () => {
    const { of } = await hall();
    const screen = await of("bob", direct).says("/settings");
    expect(screen.text).toMatch(/^Settings of this chat/);
    expect(labels(screen)).not.toContain("Office speaker");
    expect(labels(screen)).not.toContain("Who may do what");
    expect((await of("bob", direct).sends("place.set", { setting: "player", value: "box/office" })).kind).toBe("error");
  });

  it("of the whole bot are the operator's", async () => {
    const { held, ann, of } = await hall();
    expect((await ann.sends("place.set", { setting: "answers", value: "private", scope: "everywhere" })).kind).toBe(
      "error",
    );
    await held.store.people.setOperator((await held.store.people.find(held.user("ann").ref))?.id ?? "");
    await ann.says("/settings");
    expect((await ann.presses("The whole bot")).text).toMatch(/^Settings of the whole bot/);
    await ann.sends("place.set", { setting: "answers", value: "private", scope: "everywhere" });
    expect(field(await of("bob", "attic").says("/settings"), "Answers")).toBe("Everything privately");
  });
});

describe("the first words in a new place", () => {
  it("say what it does, where music plays, how to link and what it sees, to everybody, once", async () => {
    const { held, ann } = await hall([service]);
    const hello = await ann.sends("place.joined");
    expect(hello.visibility).toBe("public");
    expect(hello.text).toMatch(/each person’s own player: .*not here and not in a voice channel/);
    expect(hello.text).toMatch(/Only you see the link/);
    expect(hello.text).toMatch(/only what is addressed to me/);
    expect(labels(hello)).toEqual(["Connect your account", "What can I say?", "Settings"]);
    expect(await ann.silently("place.joined")).toBeUndefined();
    await held.restart();
    expect(await ann.silently("place.joined")).toBeUndefined();
  });

  it("speak of the shared player where there is one, and of no account where there is none", async () => {
    const { ann, given } = await hall([speaker]);
    await given();
    const hello = await ann.sends("place.joined");
    expect(hello.text).toContain("everybody here shares: Office speaker.");
    expect(hello.text).not.toMatch(/account/i);
    expect(labels(hello)).toEqual(["What can I say?", "Settings"]);
  });
});

describe("a player that nobody has opened yet", () => {
  it("is said to be so in the first words and on the screen", async () => {
    const { ann } = await hall([speaker]);
    const hello = await ann.sends("place.joined");
    expect(hello.text).toContain(
      "has not been opened to this place yet. Whoever runs this bot does that here by /settings.",
    );
    expect(hello.text).not.toContain("everybody here shares");
    const screen = await ann.says("/settings");
    expect(field(screen, "Shared player")).toBe("Not opened to this place: whoever runs this bot can do that");
    expect(labels(screen)).not.toContain("Office speaker");
  });

  it("is the operator's own meanwhile, and by one press of theirs everybody's", async () => {
    const one = { id: "box", players: [{ id: "office", name: "Office speaker" }] };
    const { ann, of, crown } = await hall([one]);
    await crown("ann");
    const screen = await ann.says("/settings");
    expect(field(screen, "Shared player")).toBe("Office speaker, for you alone: it has not been opened to this place");
    const opened = await ann.presses("Open “Office speaker” to everybody, everywhere");
    expect(labels(opened)).not.toContain("Open “Office speaker” to everybody, everywhere");
    expect(field(await of("bob", "attic").says("/settings"), "Shared player")).toBe("Office speaker");
  });
});

describe("a place that is left without the only player", () => {
  const one = { id: "box", players: [{ id: "office", name: "Office speaker" }] };

  it("says so before and after, and is back as it was by one press", async () => {
    const { held, adapter } = await hall([one]);
    const lou = held.user("lou", { local: true });
    const shown = () => adapter.shown.at(-1)?.reply ?? expect.fail("nothing was shown");
    await lou.says("/settings");
    expect(field(shown(), "Shared player")).toBe("Office speaker");
    await lou.presses("None: nothing can be played here");
    expect(shown()).toMatchObject({
      kind: "question",
      text: "Shall nothing play on Office speaker for those who ask here, from now on?",
    });
    await lou.presses("No, keep it");
    expect(field(shown(), "Shared player")).toBe("Office speaker");
    await lou.presses("None: nothing can be played here");
    await lou.presses("Yes, take it away");
    expect(field(shown(), "Shared player")).toBe("None: nothing plays here until you take that back");
    const places = (await held.store.settings.get("place:test::direct-lou", "place.choices")) ?? {};
    expect(places).toMatchObject({ player: "none" });
    await lou.presses("Play here again");
    expect(field(shown(), "Shared player")).toBe("Office speaker");
    expect(labels(shown())).not.toContain("Play here again");
  });

  it("asks before a choice is taken back that was all there is, and not where nothing is lost by it", async () => {
    const { ann, crown } = await hall();
    await crown("ann");
    await ann.sends("place.set", { setting: "player", value: "box/office" });
    expect(await ann.sends("place.set", { setting: "player", value: "inherit" })).toMatchObject({ kind: "question" });
    await ann.presses("Yes, take it away");
    expect(await ann.sends("place.set", { setting: "player", value: "inherit" })).toMatchObject({ kind: "answer" });
  });

  it("is no such thing where people have accounts of their own", async () => {
    const { ann, crown } = await hall();
    await crown("ann");
    const screen = await ann.sends("place.set", { setting: "player", value: "none" });
    expect(field(screen, "Shared player")).toBe("None: everybody uses their own");
    expect(labels(screen)).not.toContain("Play here again");
  });
});

describe("a place that is left", () => {
  it("loses its settings and cards, and nobody else's; it is greeted anew when it is joined again", async () => {
    const { held, ann, of, crown } = await hall();
    await crown("ann");
    await ann.sends("place.joined");
    for (const place of ["hall", "attic"]) {
      await of("ann", place).sends("place.set", { setting: "player", value: "box/office" });
      await of("ann", place).says("play Hello");
    }
    const cards = async () => {
      const id = (await held.store.people.find(held.user("ann").ref))?.id;
      return (await held.store.views.of("card", `test:${id}`, held.clock.now())).map(({ sent }) => sent.place.id);
    };
    expect(await cards()).toEqual(["hall", "attic"]);
    expect(await ann.silently("place.left")).toBeUndefined();
    expect(await cards()).toEqual(["attic"]);
    expect(field(await ann.says("/settings"), "Shared player")).toMatch(/^None/);
    expect(field(await of("ann", "attic").says("/settings"), "Shared player")).toBe("Office speaker");
    expect((await ann.sends("place.joined")).text).toMatch(/^Hello/);
  });
});
