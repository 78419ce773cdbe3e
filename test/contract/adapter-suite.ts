import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Adapter, Answer } from "../../src/contracts/adapter.ts";
import type { Incoming, UserRef } from "../../src/contracts/incoming.ts";
import { button, type Reply, replySchema, say } from "../../src/contracts/reply.ts";
import { hostWith } from "../support/host.ts";

/** One platform under test: the adapter with a client of the platform on the other side of a real transport. */
export type AdapterUnderTest = {
  adapter: Adapter;
  /** A person writes in their direct chat. Resolves when the adapter has delivered it. */
  says(text: string): Promise<void>;
  /** The person presses the button that shows this label. */
  presses(label: string): Promise<void>;
  /** Everything the person can see now, as text, oldest message first. */
  seen(): Promise<string[]>;
  stop(): Promise<void>;
};

/** What every adapter must do, whatever the platform. */
export function adapterSuite(name: string, open: () => Promise<AdapterUnderTest>): void {
  describe(`adapter contract: ${name}`, () => {
    let under: AdapterUnderTest;
    let heard: Incoming[];
    let respond: (event: Incoming, answer: Answer) => Promise<void>;
    let ending: AbortController;

    beforeEach(async () => {
      under = await open();
      heard = [];
      respond = async () => {};
      ending = new AbortController();
      const host = hostWith(async (event, answer) => {
        heard.push(event);
        await respond(event, answer);
      });
      await under.adapter.start(host, ending.signal);
    });
    afterEach(async () => {
      ending.abort();
      await under.adapter.stop?.();
      await under.stop();
    });

    const only = (): Incoming => {
      expect(heard).toHaveLength(1);
      const [event] = heard;
      if (!event) throw new Error("nothing was heard");
      return event;
    };

    it("delivers words with who, where and when", async () => {
      await under.says("play hello by adele");
      const event = only();
      expect(event).toMatchObject({ type: "text", text: "play hello by adele", addressed: true, direct: true });
      expect(event.place.platform).toBe(under.adapter.platform);
      expect(event.user.platform).toBe(under.adapter.platform);
      expect(event.key).not.toBe("");
      expect(event.at).toBeGreaterThan(0);
    });

    it("gives every event a key of its own", async () => {
      await under.says("pause");
      await under.says("pause");
      expect(new Set(heard.map((event) => event.key)).size).toBe(2);
    });

    it("shows the answer, and a second one after it", async () => {
      respond = async (_event, answer) => {
        await answer.reply(say("First."));
        await answer.reply(say("Second."));
      };
      await under.says("hello");
      const shown = await under.seen();
      expect(shown.join("\n")).toMatch(/First\.[\s\S]*Second\./);
    });

    it("turns a pressed button into its command, slots and all", async () => {
      respond = async (event, answer) => {
        if (event.type === "text") {
          await answer.reply(
            say("Which?", [
              {
                type: "buttons",
                buttons: [button("Play it", "playback.play", { uri: "x:track:1", nested: ["a", 2] })],
              },
            ]),
          );
        }
      };
      await under.says("hello");
      await under.presses("Play it");
      expect(heard[1]).toMatchObject({
        type: "command",
        intent: "playback.play",
        slots: { uri: "x:track:1", nested: ["a", 2] },
      });
    });

    it("posts on its own, to the place an event came from", async () => {
      await under.says("hello");
      const sent = await under.adapter.send(only().place, say("A later word."), "key-1");
      expect(sent).toMatchObject({ platform: under.adapter.platform });
      expect((await under.seen()).join("\n")).toContain("A later word.");
    });

    it("posts once for one key where it says it can", async () => {
      if (under.adapter.resend !== "key") return;
      await under.says("hello");
      const first = await under.adapter.send(only().place, say("Only once."), "key-2");
      const second = await under.adapter.send(only().place, say("Only once."), "key-2");
      expect(second).toEqual(first);
      expect((await under.seen()).filter((text) => text.includes("Only once."))).toHaveLength(1);
    });

    it("edits what it sent, where it offers that", async () => {
      await under.says("hello");
      const sent = await under.adapter.send(only().place, say("Before."), "key-3");
      if (!under.adapter.edit) return;
      await under.adapter.edit(sent, say("After."));
      expect((await under.seen()).join("\n")).toContain("After.");
    });

    it("reaches a person privately, where it offers that", async () => {
      if (!under.adapter.sendPrivate) return;
      await under.says("hello");
      const user: UserRef = only().user;
      await under.adapter.sendPrivate(only().place, user, say("For you alone."), "key-4");
      expect((await under.seen()).join("\n")).toContain("For you alone.");
    });

    it("never lets text become markup, a mention or a control sequence", async () => {
      const hostile =
        "<script>alert(1)</script> @everyone <!channel> **bold** [x](javascript:alert(1)) \u202Eabc \u001b[31mred";
      respond = async (_event, answer) => {
        await answer.reply(
          say(hostile, [
            { type: "heading", text: hostile },
            { type: "text", text: hostile },
          ]),
        );
      };
      await under.says("hello");
      const shown = (await under.seen()).join("\n");
      expect(shown).toContain("<script>alert(1)</script>");
      expect(shown).not.toContain("\u001b[31m");
    });

    it("shows a reply with every kind of block", async () => {
      respond = async (_event, answer) => {
        await answer.reply(everyBlock);
      };
      await under.says("hello");
      const shown = (await under.seen()).join("\n");
      for (const text of [
        "A heading",
        "Some words",
        "Artist",
        "Adele",
        "First item",
        "Press me",
        "Choose one",
        "Option A",
        "Read more",
      ]) {
        expect(shown).toContain(text);
      }
    });

    it("delivers hostile input whole and unharmed", async () => {
      const text = "play \u0000\u202E@everyone <b>&amp; ☃ 夜に駆ける";
      await under.says(text);
      expect(heard).toHaveLength(1);
    });
  });
}

const everyBlock: Reply = replySchema.parse({
  text: "Everything at once",
  blocks: [
    { type: "heading", text: "A heading" },
    { type: "image", url: "https://example.org/cover.png", alt: "A cover" },
    { type: "text", text: "Some words" },
    { type: "fields", fields: [{ name: "Artist", value: "Adele" }] },
    { type: "progress", positionMs: 61_000, durationMs: 295_000, playing: false, at: 0 },
    {
      type: "list",
      ordered: true,
      items: [{ title: "First item", detail: "its detail", url: "https://example.org/1" }],
    },
    { type: "buttons", buttons: [{ label: "Press me", command: { intent: "help", slots: {} } }] },
    {
      type: "select",
      label: "Choose one",
      options: [{ label: "Option A", detail: "the first", command: { intent: "help", slots: { topic: "a" } } }],
    },
    { type: "link", label: "Read more", url: "https://example.org/more" },
    { type: "attribution", text: "From somewhere", url: "https://example.org" },
  ],
});
