import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { button, type Reply, replySchema, say } from "../../src/contracts/reply.ts";
import { type AdapterUnderTest, adapterSuite } from "../contract/adapter-suite.ts";
import { shown } from "../doubles/slack/seen.ts";
import { openSlack, type SlackStand, soon } from "../doubles/slack/stand.ts";
import type { Channel, Member } from "../doubles/slack/world.ts";

// The suite imports the adapter through its stand: adapters/slack/index.ts.
for (const events of ["socket", "http"] as const) {
  adapterSuite(`slack by ${events}`, async (): Promise<AdapterUnderTest> => {
    const { slack, adapter, stop } = await openSlack({ events });
    const anna = slack.person("anna");
    const chat = slack.directChat(anna);
    return {
      adapter,
      async says(text) {
        await slack.says(anna, text);
      },
      async presses(label) {
        await slack.presses(anna, { channel: chat.id }, label);
      },
      async seen() {
        expect(slack.world.violations).toEqual([]);
        return slack.seen(anna, chat);
      },
      stop,
    };
  });
}

describe("slack", () => {
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

  describe("who sees what", () => {
    it("whispers a private answer to a mention", async () => {
      replies(say("For Anna."));
      await stand.slack.mentions(anna, inRoom(), "what is on?");
      expect(last()).toMatchObject({
        type: "text",
        text: "what is on?",
        addressed: true,
        direct: false,
        userName: "Anna",
        locale: "de-DE",
        timeZone: "Europe/Berlin",
        place: { platform: "slack", tenant: "T0WORK", id: room.id },
        user: { tenant: "T0WORK", id: anna.id },
      });
      expect(stand.slack.seen(anna, room)).toContain("For Anna.");
      expect(stand.slack.seen(bert, room).join()).not.toContain("For Anna.");
    });

    it("posts a public answer to the place, and edits it", async () => {
      replies(say("On now.", undefined, { visibility: "public" }));
      await stand.slack.mentions(anna, inRoom(), "share");
      expect(stand.slack.seen(bert, room)).toContain("On now.");
      const [sent] = stand.slack.world.messages.slice(-1);
      const place = last().place;
      await stand.adapter.edit?.({ platform: "slack", place, id: sent?.ts ?? "" }, say("Next one."));
      expect(stand.slack.seen(bert, room)).toContain("Next one.");
    });

    it("takes a public sign of life away before it whispers", async () => {
      stand.answer(async (_event, answer) => {
        await answer.defer("public");
        expect(stand.slack.seen(anna, room)).toContain("One moment…");
        await answer.reply(say("Only you.", undefined, { visibility: "private" }));
      });
      await stand.slack.mentions(bert, inRoom(), "link");
      expect(stand.slack.seen(anna, room)).not.toContain("One moment…");
      expect(stand.slack.seen(anna, room).join()).not.toContain("Only you.");
      expect(stand.slack.seen(bert, room)).toContain("Only you.");
    });

    it("puts the answer in the place of a sign of life", async () => {
      stand.answer(async (_event, answer) => {
        await answer.defer("public");
        await answer.reply(say("Done.", undefined, { visibility: "public" }));
      });
      await stand.slack.mentions(bert, inRoom(), "play");
      expect(stand.slack.seen(anna, room).slice(1)).toEqual(["Done."]);
    });

    it("shows no sign of life while so many messages change that the answer would have to wait to take its place", async () => {
      const sent = await stand.adapter.send(
        { platform: "slack", tenant: "T0WORK", id: room.id },
        say("Card 0"),
        "card",
      );
      for (let at = 1; at <= 8; at++) await stand.adapter.edit?.(sent, say(`Card ${at}`));
      stand.answer(async (_event, answer) => {
        await answer.defer("public");
        expect(stand.slack.seen(anna, room)).not.toContain("One moment…");
        await answer.reply(say("Done.", undefined, { visibility: "public" }));
      });
      await stand.slack.mentions(bert, inRoom(), "play");
      expect(stand.slack.seen(anna, room)).toContain("Done.");
    });

    it("shows a private sign of life to the person alone", async () => {
      stand.answer(async (_event, answer) => {
        await answer.defer("private");
        await answer.reply(say("Done."));
      });
      await stand.slack.mentions(bert, inRoom(), "play hello");
      expect(stand.slack.seen(bert, room).slice(1)).toEqual(["One moment…", "Done."]);
      expect(stand.slack.seen(anna, room)).toHaveLength(1);
    });

    it("leaves no sign of life that nobody could take away again", async () => {
      stand.answer(async (_event, answer) => {
        await answer.defer("private");
        await answer.reply(say("Done."));
      });
      await stand.slack.slash(bert, inRoom(), "play hello");
      expect(stand.slack.seen(bert, room)).toEqual(["Done."]);
    });

    it("writes to the direct chat of whoever is not asking", async () => {
      await stand.slack.mentions(anna, inRoom(), "hi");
      const sent = await stand.adapter.sendPrivate?.(last().place, last().user, say("Linked."), "k");
      expect(sent?.place.id).toBe(stand.slack.directChat(anna).id);
      expect(stand.slack.seen(anna, stand.slack.directChat(anna))).toEqual(["Linked."]);
    });

    it("whispers in a thread to whoever asked there", async () => {
      const root = stand.slack.writes(bert, inRoom(), "a song by Adele");
      replies(say("Whispered."));
      await stand.slack.mentions(anna, { channel: room.id, thread: root.ts }, "play this");
      expect(last()).toMatchObject({ place: { thread: root.ts }, about: "a song by Adele" });
      expect(stand.slack.world.messages.at(-1)).toMatchObject({ threadTs: root.ts, onlyFor: anna.id });
    });

    it("answers all of a thread in the thread, and posts there later", async () => {
      const root = stand.slack.writes(bert, inRoom(), "songs of the day");
      replies(say("Shared.", undefined, { visibility: "public" }));
      await stand.slack.mentions(anna, { channel: room.id, thread: root.ts }, "share");
      await stand.adapter.send(last().place, say("Later.", undefined, { visibility: "public" }), "k");
      expect(stand.slack.world.messages.slice(-2)).toMatchObject([
        { threadTs: root.ts, text: "Shared." },
        { threadTs: root.ts, text: "Later." },
      ]);
      // What hangs on a message of ours says which one.
      replies();
      const ours = await stand.adapter.send({ platform: "slack", tenant: "T0WORK", id: room.id }, say("A card"), "k2");
      await stand.slack.mentions(anna, { channel: room.id, thread: ours.id }, "play this");
      expect(last()).toMatchObject({ about: "A card", target: { id: ours.id } });
    });

    it("is no direct chat when two people use the command in theirs", async () => {
      const theirs = stand.slack.channel("directmessage", [anna, bert], { id: "D0THEIRS", kind: "im", bot: false });
      replies(say("Private."), say("Shared.", undefined, { visibility: "public" }));
      await stand.slack.slash(anna, { channel: theirs.id }, "play hello");
      expect(last().direct).toBe(false);
      expect(stand.slack.seen(bert, theirs)).toEqual(["Shared."]);
      expect(stand.slack.seen(anna, theirs)).toEqual(["Private.", "Shared."]);
    });
  });

  describe("commands", () => {
    it("reads a command by its name, and plain words as they are", async () => {
      await stand.stop();
      await open({
        host: {
          commands: () => [{ intent: "volume.set", name: "volume", description: "", managers: false, options: [] }],
        },
      });
      await stand.slack.slash(anna, inRoom(), "volume 30");
      expect(last()).toMatchObject({ type: "text", text: "/volume 30", addressed: true });
      await stand.slack.slash(anna, inRoom(), "play hello by adele");
      expect(last()).toMatchObject({ type: "text", text: "play hello by adele" });
      await stand.slack.slash(anna, inRoom(), "  ");
      expect(last()).toMatchObject({ type: "command", intent: "help" });
    });

    it("goes on by other ways when the five answers of a command are used up", async () => {
      replies(...["1", "2", "3", "4", "5", "6"].map((text) => say(text)));
      await stand.slack.slash(anna, inRoom(), "help");
      expect(stand.slack.seen(anna, room)).toEqual(["1", "2", "3", "4", "5", "6"]);
      expect(stand.slack.seen(bert, room)).toEqual([]);
    });

    it("goes on by other ways when the half hour of a command is over", async () => {
      const gate = Promise.withResolvers<void>();
      stand.answer(async (_event, answer) => {
        await gate.promise;
        await answer.reply(say("Late."));
      });
      const outcome = stand.slack.slash(anna, inRoom(), "help");
      await soon(() => stand.heard.length).toBe(1);
      await stand.clock.advance(31 * 60_000);
      gate.resolve();
      expect(await outcome).toEqual({ acknowledged: true, afterMs: 2_000 });
      await soon(() => stand.slack.seen(anna, room)).toEqual(["Late."]);
    });

    it("answers in a place where the bot is no member", async () => {
      const elsewhere = stand.slack.channel("elsewhere", [anna, bert], { bot: false });
      replies(say("Yours."), say("Everybody's.", undefined, { visibility: "public" }));
      await stand.slack.slash(anna, { channel: elsewhere.id }, "share");
      expect(stand.slack.seen(anna, elsewhere)).toEqual(["Yours.", "Everybody's."]);
      expect(stand.slack.seen(bert, elsewhere)).toEqual(["Everybody's."]);
    });

    it("does not post to an address that is not the platform's", async () => {
      const visited: string[] = [];
      const elsewhere = createServer((request, response) => {
        visited.push(request.url ?? "");
        response.end();
      });
      await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
      replies(say("Here."));
      await stand.slack.deliver({
        kind: "slash_commands",
        payload: {
          command: "/segue",
          text: "hi",
          team_id: "T0WORK",
          channel_id: room.id,
          user_id: anna.id,
          trigger_id: "1.2.3",
          response_url: `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/commands/stolen`,
        },
      });
      elsewhere.closeAllConnections();
      await new Promise((resolve) => elsewhere.close(resolve));
      expect(visited).toEqual([]);
      expect(stand.slack.seen(anna, room)).toEqual(["Here."]);
    });
  });

  describe("files and standing", () => {
    it("hands out the bytes of a voice message", async () => {
      const bytes = new TextEncoder().encode("sound");
      stand.slack.world.files.set("F1", { name: "voice.m4a", mimetype: "audio/mp4", bytes });
      await stand.slack.says(anna, "", {
        files: [{ id: "F1", name: "voice.m4a", mimetype: "audio/mp4", size: 5, duration_ms: 900 }],
      });
      const event = last();
      expect(event).toMatchObject({ type: "audio", file: { ref: "F1", mediaType: "audio/mp4", durationMs: 900 } });
      if (event.type !== "audio") return;
      const stream = await stand.adapter.fetchFile?.(event.file, new AbortController().signal);
      expect(await new Response(stream).text()).toBe("sound");
    });

    it.each([
      ["says its size", 26 * 1024 * 1024, undefined],
      ["lies about its size", 26 * 1024 * 1024, 10],
    ])("refuses a file of more than 25 MB that %s", async (_name, size, lie) => {
      const file = { name: "a.zip", mimetype: "application/zip", bytes: new Uint8Array(size) };
      stand.slack.world.files.set("F2", lie === undefined ? file : { ...file, lie });
      const fetched = async () =>
        new Response(await stand.adapter.fetchFile?.({ ref: "F2" }, new AbortController().signal)).arrayBuffer();
      await expect(fetched()).rejects.toMatchObject({ code: "InvalidInput", details: { field: "file" } });
    });

    it("puts a file of ours into the person's own chat, wherever they asked", async () => {
      const file = { name: "history.csv", mediaType: "text/csv", bytes: Buffer.from("a,b\n1,2\n"), text: "Yours" };
      const to = { platform: "slack", tenant: stand.slack.world.team, id: "C1" };
      const user = { ...to, id: anna.id };
      const sent = await stand.adapter.sendFile?.(to, user, file, "k");
      const message = stand.slack.world.messages.at(-1);
      expect(message).toMatchObject({ channel: sent?.place.id, text: "Yours" });
      expect(message?.channel).toMatch(/^D/);
      expect(message?.uploaded).toEqual([{ name: "history.csv", length: 8, bytes: Buffer.from("a,b\n1,2\n") }]);
      expect(stand.slack.world.violations).toEqual([]);
    });

    it("sends no file where the app may not, or to another address than the platform's", async () => {
      const file = { name: "history.csv", mediaType: "text/csv", bytes: Buffer.from("a"), text: "Yours" };
      const to = { platform: "slack", tenant: stand.slack.world.team, id: "C1" };
      const send = () => stand.adapter.sendFile?.(to, { ...to, id: anna.id }, file, "k");
      stand.slack.world.faults.push({ method: "files.getUploadURLExternal", answer: { error: "missing_scope" } });
      await expect(send()).rejects.toMatchObject({ code: "Forbidden" });
      const { origin } = stand.slack.world;
      stand.slack.world.origin = "https://files.example";
      await expect(send()).rejects.toMatchObject({ code: "Unavailable", details: { why: "malformed" } });
      stand.slack.world.origin = origin;
    });

    it("says that a file is gone", async () => {
      const fetched = stand.adapter.fetchFile?.({ ref: "F404" }, new AbortController().signal);
      await expect(fetched).rejects.toMatchObject({ code: "NotFound" });
    });

    it("knows who manages a place and who is in which group", async () => {
      const chief = stand.slack.person("chief", { admin: true });
      stand.slack.world.usergroups.push({ id: "S1", name: "DJs", users: [bert.id] });
      const place = { platform: "slack", tenant: "T0WORK", id: room.id };
      const standing = (id: string) => stand.adapter.standing?.(place, { platform: "slack", tenant: "T0WORK", id });
      expect(await standing(chief.id)).toEqual({ manager: true, tenantManager: true, groups: [] });
      expect(await standing(anna.id)).toEqual({ manager: true, tenantManager: false, groups: [] });
      expect(await standing(bert.id)).toEqual({ manager: false, tenantManager: false, groups: ["S1"] });
      expect(await stand.adapter.groups?.(place)).toEqual([{ id: "S1", name: "DJs" }]);
    });
  });

  it("shows a huge reply within every limit", async () => {
    const huge = replySchema.parse({
      text: "t".repeat(10_000),
      visibility: "public",
      blocks: [
        { type: "text", text: "word ".repeat(2_000) },
        {
          type: "list",
          ordered: true,
          items: Array.from({ length: 30 }, (_, at) => ({ title: `Title ${at}`, detail: "d".repeat(20) })),
        },
        { type: "buttons", buttons: Array.from({ length: 12 }, (_, at) => button(`Button ${at}`, "help")) },
        {
          type: "select",
          label: "l".repeat(400),
          options: Array.from({ length: 40 }, (_, at) => ({
            label: `Option ${at} ${"o".repeat(100)}`,
            detail: "d".repeat(200),
            command: { intent: "help", slots: { topic: "t".repeat(300) } },
          })),
        },
        ...Array.from({ length: 80 }, (_, at) => ({ type: "heading", text: `Heading ${at}` })),
      ],
    });
    replies(huge);
    await stand.slack.mentions(anna, inRoom(), "all");
    const message = stand.slack.world.messages.at(-1);
    const seen = message ? shown(message) : "";
    for (const text of ["Title 29", "Button 11", "Option 39"]) expect(seen).toContain(text);
    await stand.slack.opensHome(anna);
    expect(stand.slack.world.homes.get(anna.id)?.length).toBeGreaterThan(50);
  });
});
