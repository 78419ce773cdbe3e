import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSlackChat } from "../../adapters/slack/index.ts";
import manifest from "../../adapters/slack/manifest.json" with { type: "json" };
import { settingsSchema } from "../../src/config.ts";
import type { Adapter } from "../../src/contracts/adapter.ts";
import type { Incoming } from "../../src/contracts/incoming.ts";
import { say } from "../../src/contracts/reply.ts";
import { slackCheck } from "../../src/main/checks.ts";
import { createSlackDouble, type SlackDouble } from "../doubles/slack/index.ts";
import { soon } from "../doubles/slack/stand.ts";
import { createFakeClock } from "../fakes/clock.ts";
import { hostWith } from "../support/host.ts";
import { silentLog } from "../support/log.ts";

const clock = createFakeClock();
let work: SlackDouble;
let club: SlackDouble;
let front: ReturnType<typeof createServer>;
let adapter: Adapter;
let apiUrl: string;
let heard: Incoming[];
let ending: AbortController;

/** One address for both, as the platform has: whose token comes says which workspace is meant. */
async function listen(): Promise<string> {
  front = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const mine = [work, club].find(({ world }) =>
      [world.botToken, world.appToken].some((token) => request.headers.authorization === `Bearer ${token}`),
    );
    const url = (mine ?? work).apiUrl.replace(/\/api$/, request.url ?? "");
    const headers = {
      authorization: request.headers.authorization ?? "",
      "content-type": request.headers["content-type"] ?? "",
    };
    const { method = "POST" } = request;
    const answer = await fetch(url, { method, headers, ...(method === "GET" ? {} : { body: Buffer.concat(parts) }) });
    response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
  });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(front.address() as AddressInfo).port}/api`;
}

describe("slack in two workspaces", () => {
  beforeEach(async () => {
    const scopes = manifest.oauth_config.scopes.bot;
    work = await createSlackDouble({ clock, scopes });
    club = await createSlackDouble({ clock, scopes, team: "T0CLUB" });
    heard = [];
    ending = new AbortController();
    apiUrl = await listen();
    adapter = createSlackChat({
      workspaces: [work, club].map(({ world }) => ({
        botToken: world.botToken,
        events: { appToken: world.appToken },
      })),
      apiUrl,
      clock,
      log: silentLog,
      locales: "locales",
    });
    await adapter.start(
      hostWith(async (event, answer) => {
        heard.push(event);
        await answer.reply(say(`Hello in ${event.place.tenant}.`));
      }),
      ending.signal,
    );
  });
  afterEach(async () => {
    expect([...work.world.violations, ...club.world.violations]).toEqual([]);
    ending.abort();
    await adapter.stop?.();
    await Promise.all([work.stop(), club.stop()]);
    front.closeAllConnections();
    await new Promise((resolve) => front.close(resolve));
  });

  it("hears and answers each in its own", async () => {
    const [anna, bert] = [work.person("anna"), club.person("bert")];
    await work.says(anna, "hi");
    await club.says(bert, "hi");
    expect(heard.map(({ user, place }) => [user.tenant, place.tenant])).toEqual([
      ["T0WORK", "T0WORK"],
      ["T0CLUB", "T0CLUB"],
    ]);
    expect(work.seen(anna, work.directChat(anna))).toEqual(["hi", "Hello in T0WORK."]);
    expect(club.seen(bert, club.directChat(bert))).toEqual(["hi", "Hello in T0CLUB."]);
  });

  it("finds a file where it is, though another workspace does not answer", async () => {
    club.world.files.set("F9", { name: "a.json", mimetype: "application/json", bytes: Buffer.from("[]") });
    club.world.origin = apiUrl.replace("/api", "");
    work.world.faults.push({ method: "files.info", answer: { error: "account_inactive" } });
    const stream = await adapter.fetchFile?.({ ref: "F9" }, ending.signal);
    expect(await new Response(stream).text()).toBe("[]");
    work.world.faults.push({ method: "files.info", answer: { error: "account_inactive" } });
    await expect(adapter.fetchFile?.({ ref: "F0NOWHERE" }, ending.signal)).rejects.toMatchObject({
      code: "Unavailable",
    });
  });

  it("posts, edits and asks for rights where the place is", async () => {
    const bert = club.person("bert");
    const chat = club.directChat(bert);
    const place = { platform: "slack", tenant: "T0CLUB", id: chat.id };
    const user = { platform: "slack", tenant: "T0CLUB", id: bert.id };
    const sent = await adapter.send(place, say("Later."), "k");
    await adapter.edit?.(sent, say("Later on."));
    await adapter.sendPrivate?.(place, user, say("You alone."), "k2");
    expect(club.seen(bert, chat)).toEqual(["Later on.", "You alone."]);
    expect(work.world.messages).toEqual([]);
    const room = club.channel("music", [bert]);
    const manages = await adapter.standing?.({ ...place, id: room.id }, user);
    // They made the room, there and not in the other workspace.
    expect(manages).toMatchObject({ manager: true, tenantManager: false });
    await expect(adapter.send({ ...place, tenant: "T0ELSE" }, say("?"), "k3")).rejects.toMatchObject({
      code: "NotFound",
    });
  });

  it("is looked at by doctor in each", async () => {
    const both = (token: "botToken" | "appToken") => [work, club].map(({ world }) => world[token]).join(", ");
    const settings = { SLACK_BOT_TOKEN: both("botToken"), SLACK_APP_TOKEN: both("appToken"), SLACK_API_URL: apiUrl };
    const lines = await slackCheck(settingsSchema.parse(settings))?.(ending.signal);
    const well = (name: string) => lines?.filter((line) => line.name === name && line.status === "ok");
    expect([well("Slack bot"), well("Slack events")].map((those) => those?.length)).toEqual([2, 2]);
  });

  it("is not healthy while one is not, and the other goes on", async () => {
    expect(adapter.healthy?.()).toBe(true);
    club.disconnect("cut");
    await soon(() => adapter.healthy?.()).toBe(false);
    const anna = work.person("anna");
    await work.says(anna, "hi");
    expect(work.seen(anna, work.directChat(anna))).toEqual(["hi", "Hello in T0WORK."]);
    expect(["T0WORK", "T0CLUB"].map((team) => adapter.reaches?.(team))).toEqual([true, false]);
  });

  it("is healthy though one has put it out, which is nothing that time mends", async () => {
    for (let tries = 0; tries < 3; tries++)
      club.world.faults.push({ method: "auth.test", answer: { error: "account_inactive" } });
    club.disconnect("cut");
    await soon(() => adapter.reaches?.("T0CLUB")).toBe(false);
    await soon(async () => {
      await clock.advance(1_000);
      return adapter.healthy?.();
    }).toBe(true);
    expect(adapter.reaches?.("T0CLUB")).toBe(false);
    // Both would leave nothing that works.
    work.world.faults.push({ method: "auth.test", answer: { error: "token_revoked" } });
    work.disconnect("cut");
    await soon(() => adapter.healthy?.()).toBe(false);
  });
});
