import { describe, expect, it } from "vitest";
import { needs } from "../../src/contracts/music.ts";
import { JONAS, MIA, openStage, type Scene, titleOf } from "./stage.ts";

const stage = openStage();

async function playing(): Promise<Scene> {
  const scene = await stage.begin();
  await scene.plays("Hello", "Adele");
  return scene;
}

describe("why", () => {
  it("shows what was heard, what it was taken for, what it could have been and what was taken, without a call", async () => {
    const { anna, calls } = await playing();
    await anna.says("play hello by adele");
    calls();
    const reply = await anna.says("why?");
    expect(calls()).toEqual({});
    expect(reply.text).toContain("“play hello by adele”");
    expect(reply.text).toContain("/play · song: hello · artist: adele");
    expect(reply.text).toContain("I chose: Hello by Adele");
    expect(reply.text).toMatch(/1\. Hello by Adele – \d+ points: .*title fits/);
    expect(await anna.says("why did you play that")).toMatchObject({ text: reply.text });
  });

  it("says of what was not found that nothing was chosen, and what came close", async () => {
    const { anna } = await playing();
    await anna.says("play hello by metallica");
    const { text } = await anna.says("why?");
    expect(text).toContain("song: hello · artist: metallica");
    expect(text).not.toContain("I chose");
  });

  it("explains a command that is no wish, and leaves the choices of a question open", async () => {
    const { anna, person } = await playing();
    expect((await person("Ben").says("why?")).text).toBe("You have not asked me for anything here lately.");
    await anna.says("search hello");
    expect((await anna.says("why?")).text).toContain("/search · search: hello");
    expect((await anna.says("the first one")).text).toMatch(/^Playing /);
  });
});

describe("no, I meant", () => {
  it("plays that instead, asks once, and from then on the words mean it at no search", async () => {
    const { anna, calls, player } = await playing();
    await anna.says("play the date night anthem");
    const corrected = await anna.says("no, i meant bohemian rhapsody");
    expect(corrected.text).toMatch(/^Playing Bohemian Rhapsody/);
    expect(corrected.text).toContain("Shall “the date night anthem” always mean");
    expect((await anna.says("yes")).text).toMatch(/^From now on, “the date night anthem” means Bohemian Rhapsody/);
    await anna.says("play hello by adele");
    calls();
    await anna.says("play The Dáte Night anthem");
    expect(titleOf(stage.catalogue, player().uri)).toMatch(/^Bohemian Rhapsody/);
    expect(calls()).toEqual({ "PUT /me/player/play": 1 });
    expect((await anna.says("why?")).text).toContain("because that is what “the date night anthem” means to you");
    await anna.says("queue the date night anthem");
    expect((await anna.says("why?")).text).toContain("because that is what “the date night anthem” means to you");
  });

  it("keeps nothing on a no", async () => {
    const { anna } = await playing();
    await anna.says("play the date night anthem");
    await anna.says("no i meant hello by adele");
    expect((await anna.says("no")).text).toBe("Okay, only this once.");
    expect((await anna.says("show my aliases")).text).toMatch(/^You have no words of your own yet/);
  });

  it("works after what was not found, and asks only where there were other words", async () => {
    const { anna } = await playing();
    await anna.says("play xyzzy frobnicate");
    const reply = await anna.says("i meant hello by adele");
    expect(reply.text).toMatch(/^Playing Hello by Adele/);
    expect(reply.text).toContain("Shall “xyzzy frobnicate” always mean Hello by Adele");
    const again = await anna.says("no, i meant bohemian rhapsody");
    expect(again.text).toContain("Shall “xyzzy frobnicate” always mean Bohemian Rhapsody");
    await anna.says("play hello by adele");
    expect((await anna.says("no, i meant creep")).text).not.toContain("Shall");
  });
});

describe("own words", () => {
  it("are made by saying so, shown, and taken away", async () => {
    const { anna, player } = await playing();
    expect((await anna.says("when i say the date night anthem i mean hello by adele")).text).toBe(
      "From now on, “the date night anthem” means Hello by Adele.",
    );
    await anna.says("play bohemian rhapsody");
    expect((await anna.says("call this the breakup song")).text).toMatch(
      /^From now on, “the breakup song” means Bohemian Rhapsody/,
    );
    const shown = await anna.says("show my aliases");
    expect(shown.text).toMatch(
      /^2 phrases of yours:\n“the breakup song” is Bohemian.*\n“the date night anthem” is Hello/,
    );
    expect((await anna.says("forget the alias the date night anthem")).text).toBe(
      "“the date night anthem” means nothing special any more.",
    );
    expect((await anna.says("forget the alias the date night anthem")).kind).toBe("error");
    await anna.says("play hello by adele");
    await anna.says("play the breakup song");
    expect(titleOf(stage.catalogue, player().uri)).toMatch(/^Bohemian Rhapsody/);
  });

  it("mean the thing only where nothing else is said of it", async () => {
    const { anna, player } = await playing();
    await anna.sends("alias.keep", { name: "queen", track: "hello", artist: "adele" });
    await anna.says("play queen");
    expect(titleOf(stage.catalogue, player().uri)).toBe("Hello");
    for (const text of ["play the artist queen", "play songs by queen", "play the album queen", "play 80s queen"]) {
      const reply = await anna.says(text);
      expect(reply.text, text).not.toContain("Hello");
    }
  });

  it("and what was asked stay with the person and the place, however openly a place is answered", async () => {
    const { anna, talk } = await playing();
    const room = { place: "room" };
    await anna.says("call this the date night anthem");
    await anna.says("play hello by adele", room);
    await anna.says("play the date night anthem");
    const { id } = await talk.store.people.ensure(talk.asker("anna").user, "anna", talk.clock.now());
    await talk.store.people.setOperator(id);
    await anna.sends("place.set", { setting: "answers", value: "public" }, room);
    const why = await anna.says("why?", room);
    expect(why.text).not.toContain("date night");
    for (const reply of [why, await anna.says("show my aliases", room)]) expect(reply.visibility).toBe("private");
  });

  it("are nobody else's, and end with the link", async () => {
    const scene = await playing();
    await scene.anna.says("call this the date night anthem");
    const ben = scene.person("ben");
    await ben.sends("account.link", { needs: [...needs] });
    await ben.agrees(JONAS);
    expect((await ben.says("show my aliases")).text).toMatch(/^You have no words of your own yet/);
    await scene.anna.sends("account.unlink");
    await scene.anna.presses(/^Disconnect|^Unlink|^Yes/);
    await scene.anna.sends("account.link", { needs: [...needs] });
    await scene.anna.agrees(MIA);
    expect((await scene.anna.says("show my aliases")).text).toMatch(/^You have no words of your own yet/);
  });
});
