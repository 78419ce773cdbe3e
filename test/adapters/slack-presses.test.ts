import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { placeIntents } from "../../src/contracts/incoming.ts";
import { button, type Reply, say } from "../../src/contracts/reply.ts";
import { openSlack, type SlackStand, soon } from "../doubles/slack/stand.ts";
import type { Channel, Member } from "../doubles/slack/world.ts";

const pauseRow: Reply["blocks"] = [{ type: "buttons", buttons: [button("Pause", "playback.pause")] }];

describe("what is pressed and opened on slack", () => {
  let stand: SlackStand;
  let anna: Member;
  let bert: Member;
  let room: Channel;
  const open = async (options: Parameters<typeof openSlack>[0] = {}) => {
    stand = await openSlack(options);
    anna = stand.slack.person("anna", { displayName: "Anna", locale: "de-DE", zone: "Europe/Berlin" });
    bert = stand.slack.person("bert");
    room = stand.slack.channel("music", [anna, bert]);
    await stand.start();
  };
  beforeEach(() => open());
  afterEach(async () => {
    expect(stand.slack.world.violations).toEqual([]);
    await stand.stop();
  });
  const inRoom = () => ({ channel: room.id });
  const replies = (...said: Reply[]) =>
    stand.answer(async (_event, answer) => {
      for (const each of said) await answer.reply(each);
    });
  const last = () => {
    const event = stand.heard.at(-1);
    if (!event) throw new Error("nothing was heard");
    return event;
  };

  describe("buttons and forms", () => {
    const card = say("A card", [{ type: "buttons", buttons: [button("Next", "playback.next", { count: 1 })] }], {
      visibility: "public",
    });

    it("says which message a press is of", async () => {
      replies(card);
      await stand.slack.mentions(anna, inRoom(), "share");
      const ts = stand.slack.world.messages.at(-1)?.ts;
      replies(say("Skipped."));
      await stand.slack.presses(bert, inRoom(), "Next");
      expect(last()).toMatchObject({
        type: "command",
        intent: "playback.next",
        slots: { count: 1 },
        user: { id: bert.id },
        target: { place: { id: room.id }, id: ts },
      });
      expect(stand.slack.seen(bert, room)).toContain("Skipped.");
      expect(stand.slack.seen(anna, room)).not.toContain("Skipped.");
    });

    const mine = say("Mine", [
      { type: "heading", text: "Hello" },
      { type: "buttons", buttons: [button("Next", "playback.next", { item: "a" })] },
    ]);

    it("keeps a private card whose press takes long", async () => {
      replies(mine);
      await stand.slack.slash(anna, inRoom(), "card");
      stand.answer(async (_event, answer) => {
        await answer.defer("private");
        await answer.reply(say("Skipped."));
      });
      await stand.slack.presses(anna, inRoom(), "Next");
      expect(stand.slack.seen(anna, room)).toEqual(["Hello\nNext", "Skipped."]);
    });

    it.each(["at once", "after a while"])("adds no words to a card that shows the answer, %s", async (when) => {
      const chat = stand.slack.directChat(anna);
      let sent: Parameters<NonNullable<typeof stand.adapter.edit>>[0] | undefined;
      stand.answer(async (_event, answer) => {
        sent = await answer.reply(mine);
      });
      await stand.slack.says(anna, "card");
      const before = stand.slack.seen(anna, chat).length;
      stand.answer(async (event, answer) => {
        if (when === "after a while") await answer.defer("private");
        expect(await answer.reply(say("Louder.", undefined, { passing: true }))).toEqual(sent);
        expect(event.target).toEqual(sent);
      });
      await stand.slack.presses(anna, { channel: chat.id }, "Next");
      expect(stand.slack.seen(anna, chat)).toHaveLength(before);
    });

    it.each([
      ["a command", () => stand.slack.slash(anna, inRoom(), "card")],
      ["a mention", () => stand.slack.mentions(anna, inRoom(), "card")],
      [
        "a mention in a thread",
        () => {
          const root = stand.slack.writes(bert, inRoom(), "songs");
          return stand.slack.mentions(anna, { channel: room.id, thread: root.ts }, "card");
        },
      ],
    ])("changes the private card of %s once it was pressed", async (_name, asks) => {
      let sent: Parameters<NonNullable<typeof stand.adapter.edit>>[0] | undefined;
      stand.answer(async (_event, answer) => {
        sent = await answer.reply(mine);
      });
      await asks();
      const before = stand.slack.seen(anna, room).length;
      if (!sent) throw new Error("nothing was sent");
      const card = sent;
      const next = (title: string) => ({
        ...mine,
        blocks: [{ type: "heading" as const, text: title }, ...mine.blocks.slice(1)],
      });
      await stand.adapter.edit?.(card, next("Too early"));
      expect(stand.slack.seen(anna, room).join()).not.toContain("Too early");
      for (const title of ["Second", "Third"]) {
        stand.answer(async (event, answer) => {
          expect(event.target).toEqual(card);
          await stand.adapter.edit?.(card, next(title));
          await answer.reply(say(`${title}!`));
        });
        await stand.slack.presses(anna, inRoom(), "Next");
        expect(stand.slack.seen(anna, room)).toContain(`${title}\nNext`);
        expect(stand.slack.seen(anna, room).at(-1)).toBe(`${title}!`);
      }
      expect(stand.slack.seen(anna, room)).toHaveLength(before + 2);
      expect(stand.slack.seen(bert, room).join()).not.toMatch(/Second|Third/);
      // Five answers of the last press: one was the edit, one the reply.
      for (let at = 0; at < 3; at++) await stand.adapter.edit?.(card, next(`${at}`));
      await stand.adapter.edit?.(card, next("x"));
      expect(stand.slack.seen(anna, room)).toContain("2\nNext");
      replies(say("Done."));
      await stand.slack.presses(anna, inRoom(), "Next");
      await soon(() => stand.slack.seen(anna, room)).toContain("x\nNext");
    });

    it("shows what changed before the first press with that press, the newest alone", async () => {
      let sent: Parameters<NonNullable<typeof stand.adapter.edit>>[0] | undefined;
      stand.answer(async (_event, answer) => {
        sent = await answer.reply(mine);
      });
      await stand.slack.mentions(anna, inRoom(), "card");
      if (!sent) throw new Error("nothing was sent");
      const card = sent;
      const titled = (title: string) => ({
        ...mine,
        blocks: [{ type: "heading" as const, text: title }, ...mine.blocks.slice(1)],
      });
      for (const title of ["Older", "Newest"]) await stand.adapter.edit?.(card, titled(title));
      replies(say("Done."));
      await stand.slack.presses(anna, inRoom(), "Next");
      await soon(() => stand.slack.seen(anna, room)).toContain("Newest\nNext");
      expect(stand.slack.seen(bert, room).join()).not.toContain("Newest");
      // What has nothing to press any more can never change again.
      await stand.adapter.edit?.(card, say("The end."));
      await stand.clock.advance(30 * 60_000);
      await expect(async () => stand.adapter.edit?.(card, say("Later."))).rejects.toMatchObject({ code: "NotFound" });
    });

    it("opens a form late and then runs nothing beside it", async () => {
      replies(say("Card", [{ type: "buttons", buttons: [{ ...button("Save", "library.like"), form: true }] }]));
      await stand.slack.slash(anna, inRoom(), "card");
      stand.host.form = async () => ({
        title: "T",
        fields: [{ slot: "name", label: "Name", type: "text", required: true, max: 30 }],
      });
      const slow = Promise.withResolvers<void>();
      stand.slack.fault("views.open", { hang: slow.promise });
      const pressed = stand.slack.presses(anna, inRoom(), "Save");
      await soon(() => stand.slack.world.calls.filter(({ method }) => method === "views.open").length).toBe(1);
      await stand.clock.advance(2_500);
      expect(await pressed).toEqual({ acknowledged: true, afterMs: 2_000 });
      slow.resolve();
      await soon(() => stand.slack.windows(anna)).toEqual(["Name"]);
      await stand.slack.says(anna, "and then");
      expect(stand.heard.map(({ type }) => type)).toEqual(["text", "text"]);
    });

    it("runs nothing when nobody knows whether the form is open", async () => {
      replies(say("Card", [{ type: "buttons", buttons: [{ ...button("Save", "library.like"), form: true }] }]));
      await stand.slack.slash(anna, inRoom(), "card");
      stand.host.form = async () => ({ title: "T", fields: [] });
      stand.slack.fault("views.open", { status: 502 });
      await stand.slack.presses(anna, inRoom(), "Save");
      expect(stand.heard).toHaveLength(1);
    });

    it("says in plain words that a button is too old", async () => {
      await stand.stop();
      await open({ host: { decodeButton: async () => undefined } });
      replies(card);
      await stand.slack.mentions(anna, inRoom(), "share");
      await stand.slack.presses(bert, inRoom(), "Next");
      expect(stand.heard).toHaveLength(1);
      expect(stand.slack.seen(bert, room).at(-1)).toMatch(/too old/);
      expect(stand.slack.seen(anna, room).at(-1)).not.toMatch(/too old/);
    });

    it("asks the form of a button, and runs its command with what was filled in", async () => {
      await stand.stop();
      await open({
        host: {
          form: async (asker, { intent }) => ({
            title: `Rename the playlist of ${asker.userName} as you like`,
            fields: [
              { slot: "name", label: "Name", type: "text", required: true, max: 300, value: intent },
              { slot: "size", label: "Size", type: "select", options: [{ label: "Large", value: "large" }] },
            ],
          }),
        },
      });
      replies(
        say("Yours", [
          {
            type: "buttons",
            buttons: [{ ...button("Rename", "playlist.rename", { playlist: "x".repeat(400) }), form: true }],
          },
        ]),
      );
      await stand.slack.slash(anna, inRoom(), "lists");
      expect(await stand.slack.presses(anna, inRoom(), "Rename")).toMatchObject({ acknowledged: true });
      expect(stand.heard).toHaveLength(1);
      await stand.slack.submits(anna, { name: "Road trip" });
      expect(last()).toMatchObject({
        type: "command",
        intent: "playlist.rename",
        slots: { playlist: "x".repeat(400), name: "Road trip" },
        place: { id: room.id },
        direct: false,
      });
      expect(last()).not.toHaveProperty("slots.size");
    });

    it("runs the command as it is when there is no form, or it cannot be opened in time", async () => {
      replies(say("Card", [{ type: "buttons", buttons: [{ ...button("Save", "library.like"), form: true }] }]));
      await stand.slack.slash(anna, inRoom(), "card");
      await stand.slack.presses(anna, inRoom(), "Save");
      expect(last()).toMatchObject({ intent: "library.like" });
      stand.host.form = async () => ({ title: "T", fields: [] });
      stand.slack.fault("views.open", { error: "expired_trigger_id" });
      await stand.slack.presses(anna, inRoom(), "Save");
      expect(stand.heard).toHaveLength(3);
    });

    it("takes the press of a plain link as nothing", async () => {
      replies(say("Open", [{ type: "link", label: "Go", url: "https://example.org" }]));
      await stand.slack.slash(anna, inRoom(), "card");
      expect(await stand.slack.presses(anna, inRoom(), "Go")).toMatchObject({ acknowledged: true });
      expect(stand.heard).toHaveLength(1);
    });
  });

  describe("home, shortcuts, links", () => {
    it("draws Home, edits it, and answers presses there in a window", async () => {
      let home: Parameters<NonNullable<typeof stand.adapter.edit>>[0] | undefined;
      stand.answer(async (event, answer) => {
        if (event.type === "command" && event.intent === placeIntents.home)
          home = await answer.reply(
            say("Home", [
              { type: "heading", text: "Your music" },
              { type: "buttons", buttons: [button("Pause", "playback.pause")] },
            ]),
          );
        else await answer.reply(say("Paused."));
      });
      await stand.slack.opensHome(anna);
      expect(last()).toMatchObject({ direct: true, intent: placeIntents.home });
      expect(JSON.stringify(stand.slack.world.homes.get(anna.id))).toContain("Your music");
      if (home) await stand.adapter.edit?.(home, say("Home", [{ type: "heading", text: "Changed" }, ...pauseRow]));
      expect(JSON.stringify(stand.slack.world.homes.get(anna.id))).toContain("Changed");
      await stand.slack.pressesAtHome(anna, "Pause");
      expect(last()).toMatchObject({ intent: "playback.pause", target: home, direct: true });
      const windows = () => JSON.stringify([...stand.slack.world.modals.values()]);
      const before = windows();
      stand.answer(async (_event, answer) => {
        expect(await answer.reply(say("Quieter.", undefined, { passing: true }))).toEqual(home);
      });
      await stand.slack.pressesAtHome(anna, "Pause");
      expect(windows()).toBe(before);
      // What holds in the direct chat holds for what is drawn there later; but a message in it must not pass for a later Home.
      expect(home?.place.id).toBe(stand.slack.directChat(anna).id);
      expect(home?.place).not.toEqual(last().place);
      expect(stand.slack.windows(anna)).toEqual(["Paused."]);
      expect(stand.slack.seen(anna, stand.slack.directChat(anna))).toEqual([]);
    });

    describe("a window", () => {
      let sent: Parameters<NonNullable<typeof stand.adapter.edit>>[0] | undefined;
      const chat = () => stand.slack.seen(anna, stand.slack.directChat(anna));
      const panel = (title: string) => say("Panel", [{ type: "heading", text: title }, ...pauseRow]);
      beforeEach(async () => {
        stand.answer(async (_event, answer) => {
          sent = await answer.reply(panel("Panel"));
        });
        await stand.slack.shortcut(anna, "open_panel");
      });

      it("opens by the global shortcut, and changes by itself", async () => {
        expect(last()).toMatchObject({ intent: placeIntents.home, direct: true });
        expect(stand.slack.windows(anna)).toEqual(["Panel\nPause"]);
        expect(sent?.place).toMatchObject({ platform: "slack", tenant: "T0WORK", id: last().place.id });
        expect(sent?.place).not.toEqual(last().place);
        if (sent) await stand.adapter.edit?.(sent, panel("Changed"));
        expect(stand.slack.windows(anna)).toEqual(["Changed\nPause"]);
        expect(chat()).toEqual([]);
      });

      it("shows the answer to a press in it", async () => {
        replies(say("Paused."), say("And more."));
        await stand.slack.pressesInWindow(anna, "Pause");
        expect(last()).toMatchObject({ intent: "playback.pause", target: sent, direct: true });
        expect(stand.slack.windows(anna)).toEqual(["Paused."]);
        // What follows does not take the answer's place.
        expect(chat()).toEqual(["And more."]);
      });

      it("that was closed leaves the answer to the direct chat, and is let go", async () => {
        stand.answer(async (_event, answer) => {
          stand.slack.closesWindow(anna);
          await answer.reply(say("Paused."));
        });
        await stand.slack.pressesInWindow(anna, "Pause");
        expect(chat()).toEqual(["Paused."]);
        const closed = sent;
        if (!closed) throw new Error("nothing was sent");
        await expect(stand.adapter.edit?.(closed, panel("Late"))).rejects.toMatchObject({ code: "NotFound" });
      });

      it("has room for a form above it, whose answer it shows", async () => {
        stand.host.form = async () => ({
          title: "Until when?",
          fields: [{ slot: "until", label: "Until", type: "text", required: true, max: 30 }],
        });
        const form = { ...button("Sleep", "playback.sleep"), form: true };
        if (sent) await stand.adapter.edit?.(sent, say("Panel", [{ type: "buttons", buttons: [form] }]));
        await stand.slack.pressesInWindow(anna, "Sleep");
        expect(stand.slack.windows(anna)).toEqual(["Sleep", "Until"]);
        replies(say("Until ten."));
        await stand.slack.submits(anna, { until: "ten" });
        expect(last()).toMatchObject({ intent: "playback.sleep", slots: { until: "ten" }, target: sent });
        expect(stand.slack.windows(anna)).toEqual(["Until ten."]);
      });
    });

    it("opens the window in time for an answer that takes longer than its trigger", async () => {
      stand.answer(async (_event, answer) => {
        await answer.defer("private");
        expect(stand.slack.windows(bert)).toEqual(["One moment…"]);
        await stand.clock.advance(20_000);
        await answer.reply(say("Panel"));
      });
      await stand.slack.shortcut(bert, "open_panel");
      await soon(() => stand.slack.windows(bert)).toEqual(["Panel"]);
      expect(stand.slack.seen(bert, stand.slack.directChat(bert))).toEqual([]);
    });

    it("answers in the direct chat when the window can no longer be opened", async () => {
      stand.answer(async (_event, answer) => {
        await stand.clock.advance(4_000);
        await answer.reply(say("Panel"));
      });
      await stand.slack.shortcut(anna, "open_panel");
      await soon(() => stand.slack.seen(anna, stand.slack.directChat(anna))).toEqual(["Panel"]);
      expect(stand.slack.windows(anna)).toEqual([]);
    });

    it("leaves a picture out of a window when the platform cannot fetch it", async () => {
      const url = "https://example.org/cover.png";
      stand.slack.world.brokenPictures.add(url);
      replies(say("Panel", [{ type: "image", url, alt: "Cover" }]));
      await stand.slack.shortcut(anna, "open_panel");
      expect(stand.slack.windows(anna)).toEqual(["Cover"]);
    });

    it.each([
      ["play_message", placeIntents.playMessage],
      ["queue_message", placeIntents.queueMessage],
    ])("hears the words of a message by the shortcut %s", async (callback, intent) => {
      const message = stand.slack.writes(bert, inRoom(), "listen: <https://example.org/t|this &amp; that>");
      replies(say("Playing."));
      await stand.slack.messageShortcut(anna, callback, message);
      expect(last()).toMatchObject({ intent, about: "listen: https://example.org/t", user: { id: anna.id } });
      expect(stand.slack.seen(anna, room)).toContain("Playing.");
      expect(stand.slack.seen(bert, room)).not.toContain("Playing.");
    });

    it("unfolds a link in the message that has it, and edits that", async () => {
      const url = "https://example.org/track/1:2";
      let sent: Parameters<NonNullable<typeof stand.adapter.edit>>[0] | undefined;
      stand.answer(async (_event, answer) => {
        sent = await answer.reply(say("A song", [{ type: "heading", text: "Hello" }], { visibility: "public" }));
      });
      await stand.slack.postsLink(bert, inRoom(), url);
      expect(last()).toMatchObject({ intent: placeIntents.unfold, slots: { url }, addressed: false });
      expect(stand.slack.seen(anna, room)).toHaveLength(1);
      expect(stand.slack.seen(anna, room)[0]).toContain("Hello");
      if (sent) await stand.adapter.edit?.(sent, say("A song", [{ type: "heading", text: "Goodbye" }]));
      expect(stand.slack.seen(anna, room)[0]).toContain("Goodbye");
    });

    it("says everything of a card under a link, where the platform takes no rich text", async () => {
      const url = "https://example.org/track/1";
      const cover = "https://example.org/cover.png";
      stand.slack.world.brokenPictures.add(cover);
      replies(
        say(
          "Hello",
          [
            { type: "image", url: cover, alt: "Cover" },
            { type: "text", text: "Hello by Adele" },
            { type: "fields", fields: [{ name: "Album", value: "25" }] },
            {
              type: "list",
              ordered: true,
              items: [
                { title: "One", url },
                { title: "*Two*", detail: "<!here>" },
              ],
            },
            { type: "attribution", text: "From *there*", url: "https://example.org/?a=1&b=2|3" },
          ],
          { visibility: "public" },
        ),
      );
      await stand.slack.postsLink(bert, inRoom(), url);
      expect(stand.slack.seen(anna, room)[0]?.split("\n").slice(1)).toEqual([
        "Hello by Adele",
        "Album  25",
        "1. (link https://example.org/track/1) One",
        "2. ∗Two∗ – <!here>",
        "(link https://example.org/?a=1&b=2%7C3) From ∗there∗",
      ]);
    });

    it("hears that it was added and taken out", async () => {
      const other = stand.slack.channel("other", [anna], { bot: false });
      replies(say("Hello all.", undefined, { visibility: "public" }));
      await stand.slack.invitesBot(anna, other);
      expect(last()).toMatchObject({ intent: placeIntents.joined, place: { id: other.id }, user: { id: anna.id } });
      expect(stand.slack.seen(anna, other)).toEqual(["Hello all."]);
      replies();
      await stand.slack.removesBot(anna, other);
      expect(last()).toMatchObject({ intent: placeIntents.left, place: { id: other.id } });
    });
  });
});
