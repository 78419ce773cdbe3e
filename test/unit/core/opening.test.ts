import { describe, expect, it } from "vitest";
import type { Answer, Standing } from "../../../src/contracts/adapter.ts";
import type { Place } from "../../../src/contracts/incoming.ts";
import type { Permission } from "../../../src/contracts/skill.ts";
import { createChatAdapter } from "../../fakes/chat-adapter.ts";
import { createMemoryProvider, type MemoryProvider } from "../../fakes/memory-player.ts";
import { startConversation } from "../../support/conversation.ts";
import { createScriptedAccounts } from "../../support/scripted-accounts.ts";

const shelf = { provider: "memory", playerId: "shelf" };
const closed = "“Speaker” has not been opened to this place. Whoever runs this bot can do that here, by /settings.";

/** A bot that anybody can write to, a speaker of the operator's, and groups that whoever asks manages. */
async function open(options: { opened?: boolean; reachable?: boolean } = {}) {
  let memory: MemoryProvider | undefined;
  const adapter = Object.assign(createChatAdapter(), {
    standing: async (): Promise<Standing> => ({ manager: true, groups: [] }),
  });
  const held = await startConversation({
    adapter,
    opened: options.opened ?? false,
    accounts: ({ events }) => createScriptedAccounts(events, { linkable: false }),
    provider: ({ clock }) => {
      memory = createMemoryProvider({ clock, playerName: "Speaker" });
      return memory;
    },
  });
  const opal = held.user("opal");
  await opal.says("help", options.reachable === false ? { place: "hall" } : {});
  await held.store.people.setOperator((await held.store.people.find(opal.ref))?.id ?? "");
  /** What the operator was told unasked. */
  const told = () =>
    adapter.shown.filter(({ reply }) => /wants to use/.test(reply.text)).map(({ reply }) => reply.text);
  const calls = () => memory?.calls ?? [];
  const forbid = (permission: Permission) =>
    held.store.settings.put("place:::", "place.choices", { player: shelf, roles: { [permission]: "nobody" } });
  return { held, adapter, opal, told, calls, forbid };
}

describe("a speaker that nobody has opened", () => {
  it("does nothing for strangers, alone or in a group of their own, and tells them why", async () => {
    const { held, calls } = await open();
    for (const place of [undefined, "den"]) {
      const user = held.user("sid", place === undefined ? {} : { place });
      for (const text of ["play low water", "pause", "what's playing?", "what's in the queue?"])
        expect((await user.says(text))?.text, text).toBe(closed);
      expect((await user.sends("place.set", { setting: "device", value: "everyone" }))?.kind).toBe("error");
      expect((await user.sends("place.set", { setting: "player", value: "memory/shelf" }))?.kind).toBe("error");
      const open = { platform: "test", tenant: "", id: "den", value: "memory/shelf" };
      expect((await user.sends("place.open", open))?.kind).toBe("error");
      expect((await user.sends("home.show"))?.text).not.toContain("Speaker");
    }
    expect(calls()).toEqual([]);
  });

  it("works at once for whoever sits at the machine, and for the operator wherever they are", async () => {
    const { held, opal } = await open();
    for (const user of [held.user("lou", { local: true }), opal, held.user("opal", { place: "den" })])
      expect((await user.says("play low water"))?.kind).toBe("answer");
  });

  it("is asked for once in each place, and opened by one press of the operator's", async () => {
    const { held, opal, told } = await open();
    const sid = held.user("sid", { place: "den" });
    await opal.says("help");
    for (let times = 0; times < 2; times++) await sid.says("play low water");
    await held.clock.advance(1);
    expect(told()).toEqual([
      "sid wants to use “Speaker” in a group on Test, which it has not been opened to. Nobody there can see or control it until you open it.",
    ]);
    expect((await opal.presses("Open it there"))?.text).toMatch(/^“Speaker” is now open to that place/);
    expect((await sid.says("play low water"))?.kind).toBe("answer");
    expect((await held.user("sid").says("play low water"))?.text).toBe(closed);
    await held.clock.advance(1);
    expect((await opal.presses("Open it to everybody, everywhere"))?.kind).toBe("answer");
    expect((await held.user("sid").says("play low water"))?.kind).toBe("answer");
  });

  it("is asked for again as long as the operator could not be told", async () => {
    const { held, adapter, told } = await open({ reachable: false });
    // Nor is it a platform that could open a chat with them.
    delete adapter.sendPrivate;
    const sid = held.user("sid", { place: "den" });
    // More often than the operator may hear of it in a day.
    for (let times = 0; times < 7; times++) {
      await sid.says("play low water");
      await held.clock.advance(1);
    }
    expect(told()).toEqual([]);
    await held.user("opal").says("help");
    for (let times = 0; times < 2; times++) {
      await sid.says("play low water");
      await held.clock.advance(1);
    }
    expect(told()).toHaveLength(1);
  });

  it.each(["refuses", "hangs"])(
    "is asked for again after the platform %s, and by a bot that ended meanwhile",
    async (how) => {
      const { held, adapter, told } = await open();
      const sid = held.user("sid", { place: "den" });
      const wish = async () => {
        await sid.says("play low water");
        await held.clock.advance(60_000);
      };
      adapter.onSend = (moment, what) => {
        if (moment !== "before" || what !== "send") return;
        if (how === "refuses") throw new Error("down");
        return new Promise(() => {});
      };
      for (let times = 0; times < 6; times++) await wish();
      await held.restart();
      await wish();
      expect(told()).toEqual([]);
      adapter.onSend = () => {};
      for (let times = 0; times < 2; times++) await wish();
      await held.restart();
      await wish();
      expect(told()).toHaveLength(1);
    },
  );

  it("is asked for after a kill before anybody was told", async () => {
    const { held, adapter, told } = await open();
    adapter.onSend = (moment, what) => (moment === "before" && what === "send" ? new Promise(() => {}) : undefined);
    const sid = held.user("sid", { place: "den" });
    await sid.says("play low water");
    await held.restart();
    adapter.onSend = () => {};
    await sid.says("play low water");
    await held.clock.advance(1);
    expect(told()).toHaveLength(1);
  });

  it("is asked of each operator, whoever else cannot be told, and once by wishes at the same moment", async () => {
    const { held, adapter, told } = await open();
    const max = held.user("max");
    await max.says("help");
    await held.store.people.setOperator((await held.store.people.find(max.ref))?.id ?? "");
    let sends = 0;
    adapter.onSend = (moment, what) => {
      if (moment === "before" && what === "send" && ++sends === 1) throw new Error("blocked");
    };
    await Promise.all(["sid", "tom"].map((name) => held.user(name, { place: "den" }).says("play low water")));
    await held.clock.advance(1);
    expect(told()).toHaveLength(1);
    expect(sends).toBe(2);
  });

  it("is told of once where the platform answers late, however often somebody wishes", async () => {
    const { held, adapter } = await open();
    let sends = 0;
    adapter.onSend = (moment, what) => {
      if (what !== "send") return;
      if (moment === "before") sends++;
      return moment === "after" ? held.clock.sleep(5 * 60_000) : undefined;
    };
    for (let times = 0; times < 12; times++) {
      await held.user("sid", { place: "den" }).says("play low water");
      await held.clock.advance(60_000);
    }
    expect(sends).toBe(1);
  });

  it("is sent no more often in a day for not arriving", async () => {
    const { held, adapter } = await open();
    let sends = 0;
    adapter.onSend = (moment, what) => {
      if (moment !== "before" || what !== "send") return;
      sends++;
      throw new Error("blocked");
    };
    for (let times = 0; times < 60; times++) {
      await held.user("sid", { place: `den-${times % 2}` }).says("play low water");
      await held.clock.advance(10 * 60_000);
    }
    expect(sends).toBe(5);
  });

  it("makes no flood for the operator, however many groups somebody makes", async () => {
    const { held, told } = await open();
    for (let group = 0; group < 12; group++) await held.user("sid", { place: `den-${group}` }).says("pause");
    await held.clock.advance(1);
    expect(told()).toHaveLength(5);
  });

  it("is not asked for where somebody has shut it out, which is said and leads to where that is taken back", async () => {
    const { held, told } = await open();
    const lou = held.user("lou", { local: true });
    await lou.sends("place.set", { setting: "player", value: "none", sure: "yes" });
    for (const text of ["play low water", "pause"]) {
      const refused = await lou.says(text);
      expect(refused).toMatchObject({ kind: "error" });
      expect(refused?.text).toMatch(/^The shared player is switched off in this place\..*\/settings\.$/);
    }
    await lou.presses("Settings");
    await lou.presses("Play here again");
    expect((await lou.says("play low water"))?.kind).toBe("answer");
    await held.store.settings.put("place:test::den", "place.choices", { player: "none" });
    expect((await held.user("sid", { place: "den" }).says("pause"))?.text).toMatch(/switched off in this place/);
    await held.clock.advance(1);
    expect(told()).toEqual([]);
  });
});

describe("who may see what plays", () => {
  it("is kept shown in a window over a chat as the chat itself may see it", async () => {
    const { held, adapter } = await open();
    await held.store.settings.put("place:test::direct-ann", "place.choices", { player: shelf });
    const { answerTo } = adapter;
    adapter.answerTo = (event) => {
      const answer = answerTo(event);
      const inWindow = (place: Place) => ({ ...place, thread: "window:1" });
      const reply: Answer["reply"] = async (made) => {
        const sent = await answer.reply(made);
        return { ...sent, place: inWindow(sent.place) };
      };
      return { ...answer, reply };
    };
    const ann = held.user("ann");
    await ann.says("play low water");
    await ann.says("what's playing?");
    const card = () => adapter.shown.findLast(({ reply }) => reply.blocks.some(({ type }) => type === "progress"));
    const before = card()?.edits.length;
    await ann.says("pause");
    await held.clock.advance(10_000);
    expect(card()?.edits.length).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY);
    expect(card()?.reply.blocks.find(({ type }) => type === "progress")).toMatchObject({ playing: false });
  });

  it("is asked by completions, by what is shared, by a home and by a card", async () => {
    const { held, adapter, forbid } = await open({ opened: true });
    const ann = held.user("ann");
    await ann.says("play low water");
    await ann.says("what's playing?");
    const card = () => adapter.shown.findLast(({ reply }) => reply.view?.kind === "now-playing")?.reply;
    const option = { intent: "playback.play", slot: "track", text: "", slots: {} };
    expect(await held.host().suggest(held.asker("ann"), option)).not.toEqual([]);
    expect((await ann.sends("home.show"))?.text).toContain("Low Water");
    expect(card()).toBeDefined();
    await forbid("playback");
    await forbid("read");
    await held.restart();
    expect((await ann.says("what's playing?"))?.text).toMatch(/only whoever runs this bot/);
    expect((await ann.sends("home.show"))?.text).not.toContain("Low Water");
    const shareables = held.host().shareables(held.asker("ann"), "");
    expect(await held.clock.until(shareables)).toEqual([]);
    await forbid("playback");
    await held.restart();
    expect(await held.clock.until(held.host().suggest(held.asker("ann"), option))).toEqual([]);
  });
});
