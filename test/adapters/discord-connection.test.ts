import { afterEach, describe, expect, it } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { Place, Presence } from "../../src/contracts/incoming.ts";
import { say } from "../../src/contracts/reply.ts";
import { type Chat, openChat, quiet, until } from "../doubles/discord/chat.ts";
import { createDiscordDouble, token } from "../doubles/discord/server.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { createJumpingClock } from "../fakes/jumping-clock.ts";
import { hostWith } from "../support/host.ts";
import { capturedLog } from "../support/log.ts";

let chat: Chat;
afterEach(() => chat.stop());

const direct = (id: string) => ({ platform: "discord", tenant: "", id });

describe("the connection", () => {
  it("that is down at the start does not hold up, and is made when it can be, ever more slowly tried", async () => {
    const clock = createFakeClock();
    chat = await openChat(clock);
    await chat.double.down();
    await chat.start();
    expect(chat.adapter.healthy?.()).toBe(false);
    const gaps: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      await until(() => clock.nextAt() !== undefined);
      gaps.push((clock.nextAt() ?? 0) - clock.now());
      await clock.advance((clock.nextAt() ?? 0) - clock.now());
      await quiet(chat, 20);
    }
    expect(gaps[4]).toBeGreaterThan((gaps[0] ?? 0) * 4);
    await chat.double.up();
    await clock.advance(60_000);
    await until(() => chat.adapter.healthy?.() === true);
    const anna = chat.double.person("anna");
    await chat.after(() => anna.says(anna.direct(), "hello"));
    expect(chat.heard).toHaveLength(1);
  });

  it("that breaks in the middle of an answer is resumed: nothing is lost, and nothing comes twice", async () => {
    chat = await openChat(systemClock);
    const anna = chat.double.person("anna");
    await chat.start();
    chat.respond = async (event, answer) => {
      if (event.type === "text" && event.text === "first") {
        chat.double.gateway.cut();
        anna.says(anna.direct(), "while it was gone");
      }
      await answer.reply(say(`Heard ${event.type === "text" ? event.text : ""}.`));
    };
    anna.says(anna.direct(), "first");
    await until(() => anna.seen().length === 2);
    await until(() => chat.adapter.healthy?.() === true);
    expect(anna.seen()).toEqual(["Heard first.", "Heard while it was gone."]);
    expect(chat.double.gateway.state).toMatchObject({ identified: 1, resumed: 1 });
  });

  it("whose session is forgotten is made anew", async () => {
    chat = await openChat(systemClock);
    await chat.start();
    chat.double.gateway.forget();
    chat.double.gateway.disconnect(4000);
    // The library identifies once in five seconds.
    await until(() => chat.double.gateway.state.identified === 2, 9_000);
    await until(() => chat.adapter.healthy?.() === true);
  });

  it("with a wrong token is not healthy, and asks seldom", async () => {
    const clock = createFakeClock();
    const { log, lines } = capturedLog();
    chat = await openChat(clock, { options: { token: "WRONG.hidden.token", log } });
    await chat.start();
    expect(chat.adapter.healthy?.()).toBe(false);
    expect(chat.adapter.trouble?.()).toMatch(/refuses the token/);
    await clock.advance(30_000);
    await quiet(chat);
    expect(chat.double.calls.length).toBeLessThan(8);
    expect(lines.join("\n")).not.toContain("hidden");
  });

  it("does without the listening of others when the portal does not allow it", async () => {
    chat = await openChat(createFakeClock(), { options: { presences: true } });
    await chat.start();
    await until(() => chat.adapter.healthy?.() === true);
    expect(chat.double.gateway.state.identified).toBe(1);
  });

  it("brings what people listen to once, however many servers they share", async () => {
    const heard: Presence[] = [];
    chat = await openChat(createFakeClock(), {
      options: { presences: true },
      host: { presence: (presence) => heard.push(presence) },
      double: { allowedIntents: 1 << 8 },
    });
    await chat.start();
    const listening = (details: string) => ({
      user: { id: "80351110224678912" },
      guild_id: "1",
      status: "online",
      client_status: {},
      activities: [{ type: 2, name: "Service", details, state: "Adele", created_at: 1 }],
    });
    chat.double.gateway.dispatch("PRESENCE_UPDATE", listening("Hello"));
    chat.double.gateway.dispatch("PRESENCE_UPDATE", listening("Hello"));
    chat.double.gateway.dispatch("PRESENCE_UPDATE", { ...listening("x"), activities: [] });
    await until(() => heard.length === 2);
    expect(heard.map(({ listening: of }) => of?.title)).toEqual(["Hello", undefined]);
  });

  it("tells of what is said among others that it was said, and not by the bot", async () => {
    const places: Place[] = [];
    chat = await openChat(createFakeClock(), { host: { chatter: (place) => places.push(place) } });
    await chat.start();
    const anna = chat.double.person("anna");
    const { channel } = chat.double.guild("Friends", [anna]);
    anna.says(channel, "nice one");
    anna.says(anna.direct(), "hello");
    anna.says(channel, "nice two");
    await until(() => places.length === 2);
    expect(places.map(({ id }) => id)).toEqual([channel.id, channel.id]);
    expect(places[0]?.tenant).toBe(channel.guildId);
  });

  it("at the start is not waited for when the gateway does not take it, and stands once it does", async () => {
    const clock = createFakeClock();
    chat = await openChat(clock);
    chat.double.gateway.state.accepting = false;
    const started = chat.start();
    await until(() => chat.double.gateway.state.attempts === 2);
    // The library alone would have tried twice more by then.
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(chat.double.gateway.state.attempts).toBe(2);
    await clock.advance(10_000);
    await started;
    expect(chat.adapter.healthy?.()).toBe(false);
    chat.double.gateway.state.accepting = true;
    await until(() => clock.pending() > 0);
    await clock.advance(60_000);
    await until(() => chat.adapter.healthy?.() === true);
  });

  it("connects as many shards as the gateway recommends", async () => {
    chat = await openChat(systemClock, { double: { shards: 2 } });
    await chat.start();
    await until(() => chat.adapter.healthy?.() === true && chat.double.gateway.state.identified === 2);
  });

  it("tells of servers that are new or lost, not of those that were there", async () => {
    chat = await openChat(createFakeClock());
    const anna = chat.double.person("anna");
    chat.double.guild("Old", [anna]);
    await chat.start();
    await quiet(chat);
    expect(chat.heard).toEqual([]);
    const { guild, channel } = chat.double.guild("New", [anna]);
    chat.respond = async (_event, answer) => {
      await answer.reply(say("Hello, New.", undefined, { visibility: "public" }));
    };
    await chat.after(() => chat.double.joins(guild));
    expect(chat.heard).toMatchObject([{ intent: "place.joined", place: { id: channel.id, tenant: guild.id } }]);
    expect(anna.seen()).toEqual(["Hello, New."]);
    chat.respond = async () => {};
    chat.double.gateway.dispatch("GUILD_DELETE", { id: guild.id, unavailable: true });
    await chat.after(() => chat.double.gateway.dispatch("GUILD_DELETE", { id: guild.id }));
    expect(chat.heard.slice(1)).toMatchObject([{ intent: "place.left" }]);
  });

  it("tells the owner what it may not say in any channel of a new server", async () => {
    chat = await openChat(createFakeClock());
    const anna = chat.double.person("anna");
    await chat.start();
    const { guild, channel } = chat.double.guild("Silent", [anna]);
    channel.overwrites = [{ id: guild.id, type: 0, allow: "0", deny: "2048" }];
    chat.respond = async (event, answer) => {
      const sent = await answer.reply(say("Hello, Silent.", undefined, { visibility: "public" }));
      expect(sent.place.id).toBe(anna.direct().id);
      expect(event.place).toMatchObject({ tenant: guild.id, id: guild.id });
    };
    await chat.after(() => chat.double.joins(guild));
    expect(anna.messages().map(({ channelId }) => channelId)).toEqual([anna.direct().id]);
    const place = { platform: "discord", tenant: guild.id, id: channel.id };
    await expect(chat.adapter.send(place, say("Hello?"), "k")).rejects.toMatchObject({ code: "Forbidden" });
  });

  it.each(["gone", "refusing"])(
    "ends within seconds while Discord is %s, and leaves nothing that runs",
    async (how) => {
      chat = await openChat(systemClock);
      await chat.start();
      chat.double.gateway.state.accepting = how !== "refusing";
      chat.double.gateway.cut();
      if (how === "refusing") await until(() => chat.double.gateway.state.attempts > 2);
      const from = performance.now();
      await chat.adapter.stop?.();
      expect(performance.now() - from).toBeLessThan(4_000);
      expect(chat.adapter.healthy?.()).toBe(false);
      const attempts = chat.double.gateway.state.attempts;
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(chat.double.gateway.state.attempts).toBe(attempts);
      expect(chat.double.gateway.connected()).toBe(0);
    },
  );
});

describe("what Discord limits or refuses", () => {
  it("a bucket that is empty is waited for", async () => {
    chat = await openChat(systemClock, { double: { posts: { limit: 2, perMs: 300 } } });
    const anna = chat.double.person("anna");
    await chat.start();
    const place = direct(anna.direct().id);
    await Promise.all(
      Array.from({ length: 5 }, (_, index) => chat.adapter.send(place, say(`Word ${index}`), `k${index}`)),
    );
    expect(anna.seen()).toHaveLength(5);
  });

  it("a short Retry-After is kept, a long one is passed on with its time", async () => {
    const clock = createFakeClock();
    chat = await openChat(clock);
    const anna = chat.double.person("anna");
    await chat.start();
    const place = direct(anna.direct().id);
    const limited = (seconds: number) => ({
      headers: { "retry-after": String(seconds), "x-ratelimit-scope": "shared" },
      body: { message: "You are being rate limited.", retry_after: seconds, global: false },
    });
    chat.double.fail(/POST .*messages/, 429, limited(0.1));
    await chat.adapter.send(place, say("A word."), "a");
    expect(anna.seen()).toEqual(["A word."]);
    chat.double.fail(/POST .*messages/, 429, limited(3_600));
    const refused = await chat.adapter.send(place, say("Another."), "b").catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "RateLimited" });
    expect(Reflect.get(Object(refused), "retryAt") - clock.now()).toBeGreaterThan(3_500_000);
  });

  it("edits of one message become the newest, in few calls", async () => {
    chat = await openChat(createFakeClock());
    const anna = chat.double.person("anna");
    await chat.start();
    const sent = await chat.adapter.send(direct(anna.direct().id), say("Card 0"), "card");
    await Promise.all(Array.from({ length: 30 }, (_, index) => chat.adapter.edit?.(sent, say(`Card ${index + 1}`))));
    expect(anna.seen()).toEqual(["Card 30"]);
    expect(chat.double.calls.filter(({ method }) => method === "PATCH")).toHaveLength(2);
  });

  it("a message that was deleted meanwhile is gone, so that its view is let go", async () => {
    chat = await openChat(createFakeClock());
    const anna = chat.double.person("anna");
    await chat.start();
    const sent = await chat.adapter.send(direct(anna.direct().id), say("Card"), "card");
    chat.double.world.messages.length = 0;
    await expect(chat.adapter.edit?.(sent, say("Card, new"))).rejects.toMatchObject({ code: "NotFound" });
  });

  it("too much in one place at once is refused rather than kept", async () => {
    chat = await openChat(systemClock, { double: { posts: { limit: 1, perMs: 60_000 } } });
    const anna = chat.double.person("anna");
    await chat.start();
    const place = direct(anna.direct().id);
    const posts = Array.from({ length: 60 }, (_, index) => chat.adapter.send(place, say("x"), `k${index}`));
    const settled = await Promise.allSettled(posts);
    const refused = settled.filter((each) => each.status === "rejected");
    expect(refused).toHaveLength(59);
    for (const each of refused) expect(each.reason).toMatchObject({ code: "RateLimited" });
  });

  it("edits give way to posts where many wait", async () => {
    chat = await openChat(createFakeClock());
    const people = Array.from({ length: 40 }, (_, index) => chat.double.person(`p${index}`));
    await chat.start();
    const places = people.map((person) => direct(person.direct().id));
    const cards = await Promise.all(
      places.slice(0, 25).map((place, at) => chat.adapter.send(place, say("Card"), `card${at}`)),
    );
    const arrived = Promise.withResolvers<void>();
    for (let count = 0; count < 25; count++) chat.double.delay(/^PATCH /, arrived.promise);
    const edits = cards.map((card) => chat.adapter.edit?.(card, say("Card, new")));
    const settled = Promise.allSettled(edits);
    await Promise.all(places.slice(25).map((place, at) => chat.adapter.send(place, say("Answer"), `a${at}`)));
    arrived.resolve();
    const refused = (await settled).filter((each) => each.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    for (const each of refused) expect(each.reason).toMatchObject({ code: "RateLimited" });
    for (const person of people.slice(25)) expect(person.seen()).toEqual(["Answer"]);
  });

  it("places the bot was taken out of, and servers in trouble, are named as what they are", async () => {
    chat = await openChat(createFakeClock());
    const anna = chat.double.person("anna");
    const { channel, guild } = chat.double.guild("Gone", [anna]);
    await chat.start();
    guild.joined = false;
    const place = { platform: "discord", tenant: guild.id, id: channel.id };
    await expect(chat.adapter.send(place, say("x"), "1")).rejects.toMatchObject({ code: "Forbidden" });
    chat.double.fail(/POST .*messages/, 503);
    await expect(chat.adapter.send(place, say("x"), "2")).rejects.toMatchObject({
      code: "Unavailable",
      details: { status: 503 },
    });
  });

  it("a token that was refused once is shown again after a while, not with every call", async () => {
    const clock = createFakeClock();
    chat = await openChat(clock);
    const anna = chat.double.person("anna");
    await chat.start();
    const place = direct(anna.direct().id);
    chat.double.fail(/POST .*messages/, 401, { body: { code: 0, message: "401: Unauthorized" } });
    for (let index = 0; index < 3; index++)
      await expect(chat.adapter.send(place, say("x"), `k${index}`)).rejects.toMatchObject({ details: { status: 401 } });
    expect(chat.double.calls.filter(({ path }) => path.endsWith("/messages"))).toHaveLength(1);
    await clock.advance(61_000);
    await chat.adapter.send(place, say("Again."), "k");
    expect(anna.seen()).toEqual(["Again."]);
  });

  it("a token that was refused once is shown again though the clock was put back", async () => {
    const timer = createFakeClock();
    const clock = createJumpingClock(timer);
    chat = await openChat(timer, { options: { clock } });
    const anna = chat.double.person("anna");
    await chat.start();
    const place = direct(anna.direct().id);
    chat.double.fail(/POST .*messages/, 401, { body: { code: 0, message: "401: Unauthorized" } });
    await expect(chat.adapter.send(place, say("x"), "k")).rejects.toMatchObject({ details: { status: 401 } });
    clock.jump(-24 * 60 * 60_000);
    await expect(chat.adapter.send(place, say("x"), "k1")).rejects.toMatchObject({ details: { status: 401 } });
    await timer.advance(61_000);
    await chat.adapter.send(place, say("Again."), "k2");
    expect(anna.seen()).toEqual(["Again."]);
  });

  it("no reply calls anybody, and no error tells a secret", async () => {
    const { log, lines } = capturedLog();
    chat = await openChat(createFakeClock(), { options: { log } });
    const anna = chat.double.person("anna");
    const { channel } = chat.double.guild("Music", [anna]);
    await chat.start();
    const place = { platform: "discord", tenant: String(channel.guildId), id: channel.id };
    const text = `@everyone <@${anna.id}> @here`;
    await chat.adapter.send(place, say(text, undefined, { visibility: "public" }), "1");
    expect(anna.seen()).toEqual([text]);
    expect(chat.double.world.called).toEqual([]);
    for (const { body } of chat.double.calls.filter(({ path }) => path.endsWith("/messages")))
      expect(body).toMatchObject({ allowed_mentions: { parse: [] } });
    chat.respond = async (_event, answer) => {
      await answer.reply(say("Private words."));
    };
    chat.double.fail(/POST .*messages/, 400, { body: { code: 50035, message: "Invalid Form Body", errors: {} } });
    await chat.after(() => anna.says(channel, "<@900000000000000001> hi"));
    await quiet(chat);
    expect(lines.join("\n")).toContain("50035");
    for (const secret of [token, "Private words"]) expect(lines.join("\n")).not.toContain(secret);
  });
});

describe("people and files", () => {
  it("who manages a server, and which roles there are", async () => {
    chat = await openChat(createFakeClock());
    const [owner, staff, guest] = ["owner", "staff", "guest"].map((name) => chat.double.person(name));
    if (!owner || !staff || !guest) throw new Error("three people were made");
    const { guild, channel } = chat.double.guild("Music", [owner, staff, guest]);
    const [, dj, staffRole] = guild.roles;
    guild.members.set(staff.id, { nick: null, roles: [String(staffRole?.id)] });
    guild.members.set(guest.id, { nick: null, roles: [String(dj?.id)] });
    await chat.start();
    const place = { platform: "discord", tenant: guild.id, id: channel.id };
    const standing = (id: string) => chat.adapter.standing?.(place, { platform: "discord", tenant: "", id });
    expect(await standing(owner.id)).toEqual({ manager: true, tenantManager: true, groups: [] });
    expect(await standing(staff.id)).toMatchObject({ manager: true, groups: [staffRole?.id] });
    expect(await standing(guest.id)).toEqual({ manager: false, groups: [dj?.id] });
    const asked = chat.double.calls.length;
    await standing(guest.id);
    expect(chat.double.calls).toHaveLength(asked);
    expect((await chat.adapter.groups?.(place))?.map(({ name }) => name)).toEqual(["Staff", "DJ"]);
    expect(await standing("1")).toEqual({ manager: false, groups: [], absent: true });
    guild.joined = false;
    const elsewhere = { platform: "discord", tenant: "41771983423143937", id: "1" };
    expect(await chat.adapter.groups?.(elsewhere)).toEqual([]);
  });

  it("a file of ours goes into the person's direct chat once, and is refused where that is closed", async () => {
    chat = await openChat(createFakeClock());
    await chat.start();
    const anna = chat.double.person("anna");
    const file = { name: "history.csv", mediaType: "text/csv", bytes: Buffer.from("a,b\n1,2\n"), text: "Yours" };
    const user = { platform: "discord", tenant: "", id: anna.id };
    const to = { platform: "discord", tenant: "41771983423143937", id: "1" };
    const sent = await chat.adapter.sendFile?.(to, user, file, "k");
    expect(await chat.adapter.sendFile?.(to, user, file, "k")).toEqual(sent);
    const { messages } = chat.double.world;
    expect(messages.filter(({ channelId }) => channelId === sent?.place.id).map(({ files }) => files)).toEqual([
      ["history.csv"],
    ]);
    chat.double.world.closed.add(anna.id);
    await expect(chat.adapter.sendFile?.(to, user, file, "other")).rejects.toMatchObject({ code: "Forbidden" });
  });

  it("a file is read from Discord alone, bounded, and not when it is gone", async () => {
    chat = await openChat(createFakeClock());
    await chat.start();
    const signal = AbortSignal.timeout(5_000);
    const read = async (ref: string, bytes = 1) => {
      const stream = await chat.adapter.fetchFile?.({ ref, bytes }, signal);
      return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    expect(await read(chat.double.upload("a.ogg", new Uint8Array([1, 2, 3])))).toEqual(new Uint8Array([1, 2, 3]));
    await expect(read(chat.double.upload("gone", new Uint8Array(1), 404))).rejects.toMatchObject({ code: "NotFound" });
    const big = chat.double.upload("big", new Uint8Array(26 * 1024 * 1024));
    await expect(read(big)).rejects.toMatchObject({ code: "InvalidInput", details: { field: "file" } });
    for (const elsewhere of [
      "https://cdn.discordapp.com.evil.example/a",
      "http://cdn.discordapp.com/a",
      "file:///etc/passwd",
      "x",
    ])
      await expect(read(elsewhere)).rejects.toMatchObject({ code: "NotFound" });
  });
});

describe("the double", () => {
  it("refuses an answer after three seconds, a second one, and a token of before a quarter of an hour", async () => {
    const clock = createFakeClock();
    const double = await createDiscordDouble(clock);
    chat = await openChat(clock);
    const anna = double.person("anna");
    double.world.commands = [{ type: 3, name: "Menu", integration_types: [0], contexts: [0] }];
    const ask = (path: string, body: unknown) =>
      fetch(`${double.apiUrl}/v10${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const use = () => anna.usesMenu(anna.direct(), "Menu", { id: "1", content: "", embeds: [], components: [] });
    const late = use();
    await clock.advance(3_100);
    const answer = { type: 5, data: { flags: 64 } };
    expect(await (await ask(`/interactions/${late.id}/${late.token}/callback`, answer)).json()).toMatchObject({
      code: 10062,
    });
    const good = use();
    expect((await ask(`/interactions/${good.id}/${good.token}/callback`, answer)).status).toBe(204);
    expect(await (await ask(`/interactions/${good.id}/${good.token}/callback`, answer)).json()).toMatchObject({
      code: 40060,
    });
    await clock.advance(16 * 60_000);
    const message = { flags: 1 << 15, components: [{ type: 10, content: "x" }] };
    expect(await (await ask(`/webhooks/1/${good.token}`, message)).json()).toMatchObject({ code: 50027 });
    expect((await fetch(`${double.apiUrl}/v10/gateway/bot`)).status).toBe(401);
    await double.stop();
    await chat.adapter.start(
      hostWith(async () => {}),
      new AbortController().signal,
    );
  });
});
