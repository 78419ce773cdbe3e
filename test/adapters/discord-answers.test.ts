import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandSpec } from "../../src/contracts/adapter.ts";
import { type Block, button, say } from "../../src/contracts/reply.ts";
import { type Chat, openChat, quiet, until } from "../doubles/discord/chat.ts";
import type { Person } from "../doubles/discord/person.ts";
import type { Channel } from "../doubles/discord/world.ts";
import { createFakeClock, type FakeClock } from "../fakes/clock.ts";

const pause: CommandSpec = {
  intent: "playback.pause",
  name: "pause",
  description: "Pause",
  managers: false,
  options: [],
};
const minute = 60_000;

let clock: FakeClock;
let chat: Chat;
let anna: Person;
let ben: Person;
let channel: Channel;

beforeEach(async () => {
  clock = createFakeClock();
  chat = await openChat(clock, { host: { commands: () => [pause] } });
  anna = chat.double.person("anna");
  ben = chat.double.person("ben");
  ({ channel } = chat.double.guild("Music", [anna, ben]));
  await chat.start();
  await until(() => chat.double.world.registrations > 0);
});
afterEach(async () => {
  await chat.stop();
});

/** A promise that a test settles: core at work until then. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open: () => open(), passed };
}

describe("answers to commands in a server", () => {
  it("are seen by one person when private, by all when public", async () => {
    chat.respond = async (_event, answer) => {
      await answer.reply(say("For Anna."));
      await answer.reply(say("For all.", undefined, { visibility: "public" }));
    };
    await chat.after(() => anna.runs(channel, "pause"));
    expect(anna.seen()).toEqual(["For Anna.", "For all."]);
    expect(ben.seen()).toEqual(["For all."]);
  });

  it("think in private by themselves when core has not said anything after two seconds", async () => {
    const core = gate();
    chat.respond = async (_event, answer) => {
      await core.passed;
      await answer.reply(say("Late, and for Anna."));
    };
    const ended = chat.after(() => anna.runs(channel, "pause"));
    await until(() => chat.heard.length === 1);
    await clock.advance(2_100);
    await until(() => anna.seen().length === 1);
    expect(anna.seen()).toEqual(["(thinking)"]);
    expect(ben.seen()).toEqual([]);
    core.open();
    await ended;
    expect(anna.seen()).toEqual(["Late, and for Anna."]);
    expect(ben.seen()).toEqual([]);
  });

  it("never show to all what is private, though the thinking was public", async () => {
    chat.respond = async (_event, answer) => {
      await answer.defer("public");
      await until(() => ben.seen().length === 1);
      await answer.reply(say("Secret."));
      await answer.reply(say("Another secret."));
    };
    await chat.after(() => anna.runs(channel, "pause"));
    expect(anna.seen()).toEqual(["Secret.", "Another secret."]);
    expect(ben.seen()).toEqual([]);
  });

  it("show to all what is public, though the thinking was private", async () => {
    chat.respond = async (_event, answer) => {
      await answer.defer("private");
      await answer.reply(say("Hear this.", undefined, { visibility: "public" }));
    };
    await chat.after(() => anna.runs(channel, "pause"));
    expect(ben.seen()).toEqual(["Hear this."]);
    expect(anna.seen()).toEqual(["Hear this."]);
  });

  it("acknowledge once, however defer and reply cross", async () => {
    chat.respond = async (_event, answer) => {
      await Promise.all([answer.defer("private"), answer.defer("private"), answer.reply(say("Once."))]);
    };
    await chat.after(() => anna.runs(channel, "pause"));
    expect(anna.seen()).toEqual(["Once."]);
    expect(chat.double.calls.filter(({ path }) => path.endsWith("/callback"))).toHaveLength(1);
  });

  it("leave nothing behind when core has nothing to say", async () => {
    await chat.after(() => anna.runs(channel, "pause"));
    await quiet(chat);
    expect(anna.seen()).toEqual([]);
    const [interaction] = chat.double.world.interactions.values();
    expect(interaction?.acknowledged).toBeDefined();
  });

  it("are not acknowledged when core cannot take the event", async () => {
    chat.respond = async () => {
      throw new Error("stopping");
    };
    await chat.after(() => anna.runs(channel, "pause"));
    await quiet(chat);
    const [interaction] = chat.double.world.interactions.values();
    expect(interaction?.acknowledged).toBeUndefined();
  });

  it("say so privately when core refuses an event that is acknowledged already", async () => {
    chat.respond = async (_event, answer) => {
      await answer.defer("public");
      throw new Error("no database");
    };
    await chat.after(() => anna.runs(channel, "pause"));
    await quiet(chat);
    expect(anna.seen()).toEqual([expect.stringContaining("nothing was done")]);
    expect(ben.seen()).toEqual([]);
  });

  it("that come after the token is over are posted by the bot: privately to the person, or in the channel", async () => {
    const core = gate();
    chat.respond = async (_event, answer) => {
      await answer.defer("private");
      await core.passed;
      await answer.reply(say("An hour later."));
      await answer.reply(say("And for all.", undefined, { visibility: "public" }));
    };
    const ended = chat.after(() => anna.runs(channel, "pause"));
    await until(() => anna.seen().length === 1);
    await clock.advance(16 * minute);
    const before = chat.double.calls.length;
    core.open();
    await ended;
    expect(chat.double.calls.slice(before).filter(({ path }) => path.startsWith("/webhooks/"))).toEqual([]);
    expect(chat.double.world.messages.find(({ channelId }) => channelId === anna.direct().id)).toBeDefined();
    expect(anna.seen()).toEqual(["(thinking)", "An hour later.", "And for all."]);
    expect(ben.seen()).toEqual(["And for all."]);
  });

  it("that Discord no longer knows are posted by the bot", async () => {
    chat.respond = async (_event, answer) => {
      await clock.advance(1_900);
      await answer.reply(say("Too late for the slip."));
    };
    chat.double.fail(/POST .*callback/, 404, { body: { code: 10062, message: "Unknown interaction" } });
    await chat.after(() => anna.runs(channel, "pause"));
    expect(anna.seen()).toEqual(["Too late for the slip."]);
    expect(ben.seen()).toEqual([]);
  });

  it("whose acknowledgement arrived though nobody heard of it are not given twice", async () => {
    chat.respond = async (_event, answer) => {
      await expect(answer.reply(say("Once."))).rejects.toMatchObject({ code: "Unavailable" });
      await answer.reply(say("Once."));
    };
    chat.double.fail(/POST .*callback/, 502, { done: true });
    await chat.after(() => anna.runs(channel, "pause"));
    expect(anna.seen()).toEqual(["Once."]);
    expect(ben.seen()).toEqual([]);
  });

  it("take pictures of our own along, and take them away again with an edit", async () => {
    await chat.stop();
    const picture = async () => ({ mediaType: "image/png", bytes: new Uint8Array([137, 80, 78, 71]) });
    chat = await openChat(clock, { host: { commands: () => [pause], picture } });
    const carl = chat.double.person("carl");
    const { channel: there } = chat.double.guild("Pictures", [carl]);
    let sent: Awaited<ReturnType<typeof chat.adapter.send>> | undefined;
    chat.respond = async (_event, answer) => {
      const blocks: Block[] = [{ type: "image", url: "http://127.0.0.1:8888/art/1", alt: "Cover of 21" }];
      sent = await answer.reply(say("Hello", [...blocks, { type: "text", text: "Hello" }]));
    };
    await chat.start();
    await until(() => chat.double.world.registrations > 0);
    await chat.after(() => carl.runs(there, "pause"));
    expect(carl.seen()).toEqual(["Hello\nCover of 21"]);
    expect(carl.messages()[0]?.files).toEqual([expect.stringMatching(/\.png$/)]);
    if (!sent) throw new Error("nothing was sent");
    await chat.adapter.edit?.(sent, say("Over."));
    expect(carl.messages()[0]?.files).toEqual([]);
  });

  it("that wait for a picture do not keep the platform waiting", async () => {
    await chat.stop();
    const picture = Promise.withResolvers<undefined>();
    chat = await openChat(clock, { host: { commands: () => [pause], picture: () => picture.promise } });
    const carl = chat.double.person("carl");
    const { channel: there } = chat.double.guild("Pictures", [carl]);
    chat.respond = async (_event, answer) => {
      const image: Block = { type: "image", url: "http://127.0.0.1:8888/art/1", alt: "Cover" };
      await answer.reply(say("Hello", [{ type: "text", text: "Hello" }, image]));
    };
    await chat.start();
    await until(() => chat.double.world.registrations > 0);
    const done = chat.after(() => carl.runs(there, "pause"));
    await until(() => chat.heard.length === 1);
    await clock.advance(2_100);
    await until(() => carl.seen().length === 1);
    expect(carl.seen()).toEqual(["(thinking)"]);
    picture.resolve(undefined);
    await done;
    expect(carl.seen()).toEqual([expect.stringContaining("Hello")]);
  });

  it("can be edited: by the bot when public, by the token when private, and not at all when that is over", async () => {
    const sent: Awaited<ReturnType<typeof chat.adapter.send>>[] = [];
    chat.respond = async (_event, answer) => {
      sent.push(await answer.reply(say("Mine.")));
      sent.push(await answer.reply(say("Ours.", undefined, { visibility: "public" })));
    };
    await chat.after(() => anna.runs(channel, "pause"));
    const [mine, ours] = sent;
    if (!mine || !ours) throw new Error("two answers were given");
    await chat.adapter.edit?.(mine, say("Mine, new."));
    await chat.adapter.edit?.(ours, say("Ours, new.", undefined, { visibility: "public" }));
    expect(anna.seen()).toEqual(["Mine, new.", "Ours, new."]);
    await clock.advance(16 * minute);
    await chat.adapter.edit?.(ours, say("Ours, newest.", undefined, { visibility: "public" }));
    await expect(chat.adapter.edit?.(mine, say("Never."))).rejects.toMatchObject({ code: "NotFound" });
    expect(ben.seen()).toEqual(["Ours, newest."]);
  });
});

describe("answers to presses", () => {
  async function card(visibility: "private" | "public"): Promise<void> {
    chat.respond = async (event, answer) => {
      if (event.type === "command" && event.intent === "playback.pause")
        await answer.reply(
          say(
            "Card",
            [
              { type: "text", text: "Card" },
              { type: "buttons", buttons: [button("Next", "playback.next")] },
            ],
            { visibility },
          ),
        );
    };
    await chat.after(() => anna.runs(channel, "pause"));
  }

  it("leave the message as it is and say the rest beside it", async () => {
    await card("public");
    chat.respond = async (_event, answer) => {
      await answer.defer("private");
      await answer.reply(say("Skipped."));
    };
    await chat.after(() => ben.presses("Next"));
    expect(chat.heard[1]).toMatchObject({
      intent: "playback.next",
      user: { id: ben.id },
      target: { place: { id: channel.id } },
    });
    expect(ben.seen()).toEqual(["Card\n[Next]", "Skipped."]);
    expect(anna.seen()).toEqual(["Card\n[Next]"]);
  });

  it.each(["public", "private"] as const)(
    "are answered by the %s message itself where that shows all of it",
    async (seen) => {
      await card(seen);
      chat.respond = async (event, answer) => {
        if (!event.target) throw new Error("a press has a target");
        expect(await answer.reply(say("Louder.", undefined, { passing: true }))).toEqual(event.target);
        await chat.adapter.edit?.(event.target, say("Card, louder", undefined, { visibility: seen }));
      };
      await chat.after(() => anna.presses("Next"));
      expect(anna.seen()).toEqual(["Card, louder"]);
    },
  );

  it("change a message that only the press can reach, before or after the answer", async () => {
    await card("private");
    await clock.advance(20 * minute);
    chat.respond = async (event, answer) => {
      if (!event.target) throw new Error("a press has a target");
      if (!event.target) throw new Error("a press has a target");
      await chat.adapter.edit?.(event.target, say("Card, changed"));
      await answer.reply(say("Skipped."));
    };
    await chat.after(() => anna.presses("Next"));
    expect(anna.seen()).toEqual(["Card, changed", "Skipped."]);
    expect(ben.seen()).toEqual([]);
  });

  it("are acknowledged in time by themselves", async () => {
    await card("public");
    const core = gate();
    chat.respond = async (_event, answer) => {
      await core.passed;
      await answer.reply(say("Skipped."));
    };
    const ended = chat.after(() => anna.presses("Next"));
    await until(() => chat.heard.length === 2);
    await clock.advance(2_500);
    await quiet(chat);
    await clock.advance(10_000);
    core.open();
    await ended;
    expect(anna.seen()).toContain("Skipped.");
    expect(ben.seen()).toEqual(["Card\n[Next]"]);
  });

  it("that are too old are told so, to the one who pressed alone", async () => {
    await card("public");
    await chat.stop();
    const second = await openChat(clock, { host: { commands: () => [pause], decodeButton: async () => undefined } });
    const carl = second.double.person("carl");
    const dora = second.double.person("dora");
    const { channel: there } = second.double.guild("Other", [carl, dora]);
    second.respond = async (_event, answer) => {
      await answer.reply(
        say("Card", [{ type: "buttons", buttons: [button("Next", "playback.next")] }], { visibility: "public" }),
      );
    };
    await second.start();
    await until(() => second.double.world.registrations > 0);
    await second.after(() => carl.runs(there, "pause"));
    carl.presses("Next");
    await until(() => carl.seen().length === 2);
    expect(carl.seen()[1]).toContain("too old");
    expect(dora.seen()).toHaveLength(1);
    expect(second.heard).toHaveLength(1);
    chat = second;
  });
});

describe("where the bot may do less", () => {
  it("edits by the token what it may not edit by itself", async () => {
    let sent: Awaited<ReturnType<typeof chat.adapter.send>> | undefined;
    chat.respond = async (_event, answer) => {
      sent = await answer.reply(say("Ours.", undefined, { visibility: "public" }));
    };
    await chat.after(() => anna.runs(channel, "pause"));
    if (!sent) throw new Error("nothing was sent");
    chat.double.fail(/PATCH .channels/, 403, { body: { code: 50001, message: "Missing Access" } });
    await chat.adapter.edit?.(sent, say("Ours, new.", undefined, { visibility: "public" }));
    expect(ben.seen()).toEqual(["Ours, new."]);
  });

  it("answers without a reference where it may not read what was said before", async () => {
    const body = { code: 160002, message: "Cannot reply without permission to read message history" };
    chat.double.fail(/POST .*messages/, 400, { body });
    chat.respond = async (_event, answer) => {
      await answer.reply(say("For all.", undefined, { visibility: "public" }));
    };
    await chat.after(() => anna.says(channel, "<@900000000000000001> hello"));
    expect(ben.seen()).toEqual(["For all."]);
  });

  it("says so when core cannot say just now what a button stands for", async () => {
    await chat.stop();
    let broken = false;
    const decodeButton = async () => {
      if (broken) await clock.sleep(2_200);
      throw new Error("no database");
    };
    chat = await openChat(clock, { host: { commands: () => [pause], decodeButton } });
    const carl = chat.double.person("carl");
    chat.respond = async (_event, answer) => {
      await answer.reply(say("Card", [{ type: "buttons", buttons: [button("Next", "playback.next")] }]));
    };
    await chat.start();
    await chat.after(() => carl.says(carl.direct(), "hello"));
    broken = true;
    const press = carl.presses("Next");
    await until(() => clock.pending() > 2);
    await clock.advance(2_100);
    await until(() => press.acknowledged !== undefined);
    await clock.advance(200);
    await until(() => carl.seen().length === 2);
    expect(carl.seen()[1]).toContain("nothing was done");
    expect(chat.heard).toHaveLength(1);
  });
});

describe("where the bot is no member", () => {
  it("answers by the token alone, five more times at most, then writes to the person", async () => {
    const { channel: foreign } = chat.double.guild("Elsewhere", [anna, ben], { joined: false });
    chat.respond = async (_event, answer) => {
      for (let index = 0; index < 8; index++) await answer.reply(say(`Answer ${index}`));
    };
    await chat.after(() => anna.runs(foreign, "pause"));
    expect(anna.seen()).toHaveLength(8);
    expect(anna.messages().filter(({ channelId }) => channelId === anna.direct().id)).toHaveLength(2);
    expect(ben.seen()).toEqual([]);
    expect(chat.heard[0]).toMatchObject({ direct: false, place: { id: foreign.id } });
  });

  it("does not take a conversation between others for a direct one", async () => {
    const group = chat.double.groupOf([anna, ben]);
    chat.respond = async (_event, answer) => {
      await answer.reply(say("For Anna."));
    };
    await chat.after(() => anna.runs(group, "pause"));
    expect(chat.heard[0]).toMatchObject({ direct: false });
    expect(ben.seen()).toEqual([]);
    const [event] = chat.heard;
    if (!event) throw new Error("nothing was heard");
    expect(await chat.adapter.standing?.(event.place, event.user)).toEqual({ manager: false, groups: [] });
  });
});

describe("answers to words", () => {
  it("go to the person alone when private, with a mark on what they wrote", async () => {
    chat.respond = async (_event, answer) => {
      await answer.reply(say("For Anna."));
    };
    let said: { reactions: string[] } | undefined;
    await chat.after(() => {
      said = anna.says(channel, `<@900000000000000001> play hello`);
    });
    expect(chat.heard[0]).toMatchObject({ type: "text", text: "play hello", direct: false, addressed: true });
    expect(anna.seen()).toEqual(["For Anna."]);
    expect(ben.seen()).toEqual([]);
    expect(said?.reactions).toEqual(["✉️"]);
  });

  it("say in public how to be reached when the person's direct messages are closed, and nothing else", async () => {
    chat.double.world.closed.add(anna.id);
    let sent: Awaited<ReturnType<typeof chat.adapter.send>> | undefined;
    chat.respond = async (_event, answer) => {
      sent = await answer.reply(say("Secret."));
    };
    await chat.after(() => anna.says(channel, `<@900000000000000001> play hello`));
    expect(ben.seen()).toEqual([expect.stringContaining("direct messages")]);
    expect(ben.seen().join()).not.toContain("Secret");
    if (!sent) throw new Error("nothing was sent");
    await expect(chat.adapter.edit?.(sent, say("Secret, again."))).rejects.toMatchObject({ code: "NotFound" });
    expect(ben.seen().join()).not.toContain("Secret");
  });

  it("are not given to what was not meant for the bot", async () => {
    anna.says(channel, "play hello");
    await chat.after(() => anna.says(anna.direct(), "hello"));
    expect(chat.heard.map((event) => event.place.id)).toEqual([anna.direct().id]);
  });

  it("are not given to a reply that does not call the bot: its words are not told", async () => {
    chat.respond = async (event, answer) => {
      await answer.reply(say(`On ${event.type}.`, undefined, { visibility: "public" }));
    };
    await chat.after(() => anna.runs(channel, "pause"));
    const [slash] = anna.messages();
    ben.says(channel, "nice one", { replyTo: slash?.id ?? "" });
    await chat.after(() => anna.says(channel, `<@900000000000000001> help`));
    const plain = anna.messages().at(-1);
    ben.says(channel, "indeed", { replyTo: plain?.id ?? "", pingOff: true });
    await chat.after(() => ben.says(channel, "again", { replyTo: plain?.id ?? "" }));
    expect(chat.heard.map((event) => (event.type === "text" ? event.text : event.type))).toEqual([
      "command",
      "help",
      "again",
    ]);
  });

  it("carry the same key when the same message comes again", async () => {
    const first = await chat.after(() => anna.says(anna.direct(), "pause"));
    await chat.after(() => anna.says(anna.direct(), "pause", { again: first }));
    expect(chat.heard[1]?.key).toBe(chat.heard[0]?.key);
  });

  it("that are sent again under the same key within minutes are there once", async () => {
    await chat.after(() => anna.says(anna.direct(), "pause"));
    const place = { platform: "discord", tenant: "", id: anna.direct().id };
    await chat.adapter.send(place, say("Only once."), "key");
    await chat.adapter.send(place, say("Only once."), "key");
    expect(anna.seen()).toEqual(["Only once."]);
  });
});
