import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer } from "../../src/contracts/adapter.ts";
import type { Incoming, Sent } from "../../src/contracts/incoming.ts";
import { button, type Reply, say } from "../../src/contracts/reply.ts";
import { openTelegramChat } from "../doubles/telegram/chat.ts";
import { hostWith } from "../support/host.ts";

const anna = 42;
const ben = 43;
const carl = 44;
const friends = -1001234;
const secret = say("Your secret number is 7.", [
  { type: "text", text: "Your secret number is 7." },
  { type: "buttons", buttons: [button("Again", "help")] },
]);

describe("what is for one person alone, in a group", () => {
  let chat: Awaited<ReturnType<typeof openTelegramChat>>;
  let heard: Incoming[];
  /** What core was told of answers that were shown later. */
  let opened: unknown[];
  let respond: (event: Incoming, answer: Answer) => Promise<unknown>;
  let ending: AbortController;

  const start = async (before: (double: typeof chat.double) => void = () => {}) => {
    chat = await openTelegramChat();
    const { world } = chat.double;
    world.addUser({ id: anna });
    world.addUser({ id: ben, first_name: "Ben" });
    // Has never written to the bot in private.
    world.addUser({ id: carl, first_name: "Carl" }, { started: false });
    world.addGroup(friends, { [anna]: "member", [ben]: "administrator", [carl]: "member" });
    before(chat.double);
    heard = [];
    opened = [];
    respond = async () => {};
    ending = new AbortController();
    await chat.adapter.start(
      hostWith(
        async (event, answer) => {
          heard.push(event);
          await respond(event, answer);
        },
        {
          commands: () => [{ intent: "help", name: "help", description: "Help", managers: false, options: [] }],
          shownLater: async (...where) => void opened.push(where),
        },
      ),
      ending.signal,
    );
  };
  beforeEach(() => start());
  afterEach(async () => {
    ending.abort();
    await chat.adapter.stop?.();
    await chat.double.down();
  });

  const restart = async (before: Parameters<typeof start>[0]) => {
    await chat.adapter.stop?.();
    await chat.double.down();
    await start(before);
  };
  const everythingSeenBy = (user: number) => chat.double.sees(user).join("\n");
  const asks = (user: number, said = {}) =>
    chat.settled(chat.double.says(user, friends, "@segue_test_bot what is my number", said));
  /** A public message with a button, which everybody may press. */
  const publicButton = async () => {
    respond = async (_event, answer) =>
      answer.reply(say("For all", [{ type: "buttons", buttons: [button("Mine", "help")] }], { visibility: "public" }));
    await asks(anna);
  };

  it("goes to the private chat when nothing was pressed and the bot is no administrator", async () => {
    let sent: Sent | undefined;
    respond = async (_event, answer) => {
      await answer.defer("private");
      sent = await answer.reply(secret);
    };
    await asks(anna);
    expect(chat.double.botMessages(anna).map(({ text }) => text)).toEqual(["Your secret number is 7."]);
    expect(everythingSeenBy(ben)).not.toContain("secret");
    expect(sent?.place.id).toBe(String(anna));
    // What is pressed there comes from that very message, by which core knows the group again.
    const shown = sent;
    const { id } = chat.double.presses(anna, "Again");
    await chat.settled(id);
    expect(heard[1]?.target).toEqual(shown);
    expect(heard.map(({ placeName }) => placeName)).toEqual([expect.any(String), undefined]);
    // The group does not even see that the bot is typing.
    expect(chat.double.actions).toEqual([]);
    // And it is not tried again and again what this group does not allow.
    await asks(anna);
    const tries = chat.double
      .called("sendMessage")
      .filter(({ args }) => args.ephemeral_message_parameters !== undefined);
    expect(tries).toHaveLength(1);
  });

  it("stays in the group, seen by one alone, where the bot is an administrator; edits too", async () => {
    await restart((double) =>
      double.world.addGroup(friends, { [anna]: "member", [ben]: "member" }, { bot: "administrator" }),
    );
    let sent: Sent | undefined;
    respond = async (_event, answer) => {
      sent = await answer.reply(secret);
    };
    await asks(anna);
    expect(everythingSeenBy(anna)).toContain("secret number is 7");
    expect(everythingSeenBy(ben)).not.toContain("secret");
    expect(sent?.id).toMatch(/^only-text:42:\d+$/);
    if (sent) await chat.adapter.edit?.(sent, say("Your secret number is 8."));
    expect(everythingSeenBy(anna)).toContain("secret number is 8");
    expect(everythingSeenBy(ben)).not.toContain("secret");
  });

  it("answers a press where it was pressed, to the presser alone", async () => {
    await publicButton();
    respond = async (_event, answer) => answer.reply(secret);
    const { id, press } = chat.double.presses(carl, "Mine");
    await chat.settled(id);
    expect(everythingSeenBy(carl)).toContain("Your secret number is 7.\n[Again]");
    await expect.poll(() => press.answer).toEqual({});
    expect(everythingSeenBy(anna)).not.toContain("secret");
    expect(everythingSeenBy(ben)).not.toContain("secret");
  });

  it("says in passing what the pressed message shows by itself, whoever may see it", async () => {
    await publicButton();
    respond = async (_event, answer) =>
      answer.reply(say("Louder: 54%.", undefined, { visibility: "public", passing: true }));
    const before = chat.double.world.messages.length;
    const { id, press } = chat.double.presses(carl, "Mine");
    await chat.settled(id);
    await expect.poll(() => press.answer).toEqual({ text: "Louder: 54%." });
    expect(chat.double.world.messages).toHaveLength(before);
  });

  it("answers a press with words alone by a toast, and does not post at all", async () => {
    await publicButton();
    respond = async (_event, answer) => answer.reply(say("Skipped."));
    const before = chat.double.world.messages.length;
    const { id, press } = chat.double.presses(carl, "Mine");
    await chat.settled(id);
    await expect.poll(() => press.answer).toEqual({ text: "Skipped." });
    expect(chat.double.world.messages).toHaveLength(before);
    // What is gone cannot be edited, so a view of it is let go.
    await expect(
      chat.adapter.edit?.(
        { platform: "telegram", place: { platform: "telegram", tenant: "", id: String(friends) }, id: "passing:1" },
        secret,
      ),
    ).rejects.toMatchObject({ code: "NotFound" });
  });

  it("answers a command that only its writer sees in the same way", async () => {
    respond = async (_event, answer) => answer.reply(secret);
    await chat.settled(chat.double.says(carl, friends, "/help", { alone: true }));
    expect(heard[0]).toMatchObject({ type: "command", intent: "help" });
    expect(everythingSeenBy(carl)).toContain("secret number is 7");
    expect(everythingSeenBy(anna)).not.toContain("secret");
  });

  it("says only that there is something, when the person never wrote to the bot; with a way to go on", async () => {
    let sent: Sent | undefined;
    respond = async (_event, answer) => {
      sent = await answer.reply(secret);
    };
    await asks(carl);
    const [line] = chat.double.botMessages(friends);
    expect(line?.text).toContain("Carl");
    expect(line?.silent).toBe(true);
    expect(line?.keyboard).toEqual([[{ text: "Open a private chat", url: "https://t.me/segue_test_bot?start=open" }]]);
    expect(everythingSeenBy(anna)).not.toContain("secret");
    // Above all, a later edit must not put the secret into the line.
    await expect(sent && chat.adapter.edit?.(sent, secret)).rejects.toMatchObject({ code: "NotFound" });
    expect(chat.double.called("editMessageText")).toEqual([]);
    expect(everythingSeenBy(anna)).not.toContain("secret");
    // Whoever opens the chat by the button finds it there, once.
    const user = chat.double.world.users.get(carl);
    if (user) user.started = true;
    await chat.settled(chat.double.says(carl, carl, "/start open"));
    expect(chat.double.botMessages(carl).map(({ text }) => text)).toEqual(["Your secret number is 7."]);
    expect(heard).toHaveLength(1);
    const at = (id: number) => ({ platform: "telegram", tenant: "", id: String(id) });
    expect(opened).toEqual([
      [at(carl), at(friends), expect.objectContaining({ place: at(carl), id: expect.stringMatching(/^text:\d+$/) })],
    ]);
    respond = async () => {};
    await chat.settled(chat.double.says(carl, carl, "/start open"));
    expect(heard[1]).toMatchObject({ type: "command", intent: "help.hello" });
  });

  it("begins linking from that line", async () => {
    respond = async (_event, answer) => answer.reply({ ...secret, view: { kind: "link", key: "1" } });
    await asks(carl);
    expect(chat.double.botMessages(friends)[0]?.keyboard[0]?.[0]?.url).toBe("https://t.me/segue_test_bot?start=link");
  });

  it("never posts to all what an old server would not keep to one", async () => {
    await restart((double) => {
      double.age();
      double.world.addGroup(friends, { [anna]: "member", [ben]: "member" }, { bot: "administrator" });
    });
    respond = async (_event, answer) => answer.reply(secret);
    await asks(anna);
    expect(chat.double.world.messages.filter(({ from, chat: { id } }) => from.is_bot && id === friends)).toEqual([]);
    expect(chat.double.botMessages(anna)).toHaveLength(1);
  });

  it("takes back at once what a server has shown to all after all", async () => {
    await restart((double) =>
      double.world.addGroup(friends, { [anna]: "member", [ben]: "member" }, { bot: "administrator" }),
    );
    chat.double.age();
    respond = async (_event, answer) => answer.reply(secret);
    await asks(anna);
    await asks(anna);
    expect(chat.double.botMessages(friends)).toEqual([]);
    expect(everythingSeenBy(ben)).not.toContain("secret");
    const leaks = chat.double.world.messages.filter(({ from, chat: { id } }) => from.is_bot && id === friends);
    expect(leaks).toHaveLength(1);
  });

  it("reaches a person unasked in their private chat first", async () => {
    const place = { platform: "telegram", tenant: "", id: String(friends) };
    const sent = await chat.adapter.sendPrivate?.(
      place,
      { platform: "telegram", tenant: "", id: String(anna) },
      secret,
      "k1",
    );
    expect(sent?.place.id).toBe(String(anna));
    await chat.adapter.sendPrivate?.(place, { platform: "telegram", tenant: "", id: String(carl) }, secret, "k2");
    expect(chat.double.botMessages(friends)[0]?.text).toContain("Carl");
    expect(everythingSeenBy(ben)).not.toContain("secret");
  });

  it("posts a public answer for all, as a reply, in its topic", async () => {
    await restart((double) =>
      double.world.addGroup(friends, { [anna]: "member", [ben]: "member" }, { forum: true, topics: [7] }),
    );
    respond = async (_event, answer) => {
      await answer.defer("public");
      await answer.reply(say("Shared.", undefined, { visibility: "public" }));
    };
    await asks(anna, { thread: 7 });
    const [shared] = chat.double.botMessages(friends);
    expect(shared).toMatchObject({ text: "Shared.", thread: 7 });
    expect(shared?.replyTo).toBeDefined();
    expect(chat.double.actions).toEqual([{ chat: friends, action: "typing" }]);
  });

  it("leaks nothing when it said it would answer for all and then answers for one", async () => {
    respond = async (_event, answer) => {
      await answer.defer("public");
      await answer.reply(secret);
    };
    await asks(anna);
    expect(everythingSeenBy(anna)).toContain("secret");
    expect(everythingSeenBy(ben)).not.toContain("secret");
  });

  it("tells a new group what it can read there", async () => {
    respond = async (_event, answer) => answer.reply(say("Hello all.", undefined, { visibility: "public" }) as Reply);
    await chat.settled(chat.double.membership(ben, friends, "left", "member"));
    expect(heard[0]).toMatchObject({ intent: "place.joined", user: { id: String(ben) } });
    expect(chat.double.botMessages(friends)[0]?.text.replaceAll("\u2060", "")).toMatch(
      /^Hello all\.\n.*mention @segue_test_bot/s,
    );
    const before = chat.double.called("sendMessage").length;
    await chat.settled(chat.double.membership(ben, friends, "member", "kicked"));
    expect(chat.double.called("sendMessage")).toHaveLength(before);
    expect(heard[1]).toMatchObject({ intent: "place.left" });
  });

  it("knows who manages the group", async () => {
    const place = { platform: "telegram", tenant: "", id: String(friends) };
    const standing = (id: number) =>
      chat.adapter.standing?.(place, { platform: "telegram", tenant: "", id: String(id) });
    expect(await standing(ben)).toEqual({ manager: true, groups: [] });
    expect(await standing(anna)).toEqual({ manager: false, groups: [] });
    expect(await standing(99)).toEqual({ manager: false, groups: [], absent: true });
    expect(await standing(ben)).toEqual({ manager: true, groups: [] });
    expect(chat.double.called("getChatMember")).toHaveLength(3);
    const own = { platform: "telegram", tenant: "", id: String(anna) };
    expect(await chat.adapter.standing?.(own, own)).toEqual({ manager: true, groups: [] });
  });
});
