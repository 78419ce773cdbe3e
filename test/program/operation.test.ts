import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressIn, linkByPage, openStand, publicUrl, type Stand, soon } from "./platforms/stand.ts";

const mia = 41;

/** The whole program, as whoever runs it sees it: what it counts, whether it works, and what it writes down. */
describe("operation", () => {
  let stand: Stand;
  const get = (path: string) => fetch(`${stand.local}${path}`);
  const said = () => stand.telegram.sees(mia).join("\n");
  const says = (text: string) => stand.telegram.updates.confirmed(stand.telegram.says(mia, mia, text));

  /** The sum of all series of a name whose labels hold these. */
  async function metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
    const lines = (await (await get("/metrics")).text()).split("\n").filter((line) => /^[a-z]/.test(line));
    const found = lines.filter(
      (line) =>
        line.replace(/[{ ].*/, "") === name &&
        Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)),
    );
    return found.length === 0 ? undefined : found.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  beforeAll(async () => {
    stand = await openStand({ telegram: "poll", pages: true });
    stand.telegram.world.addUser({ id: mia, first_name: "Mia" });
    await stand.start();
  });
  afterAll(() => stand?.close());

  it("counts what was made of words, and how commands ended", async () => {
    await says("flibber the wobbly gnarf of yonder");
    await soon(() => metric("segue_words_total", { outcome: "not_understood", locale: "en" })).toBe(1);
    await says("help");
    await soon(() => metric("segue_commands_total", { intent: "help", outcome: "answer" })).toBe(1);
    await says("play yesterday by the beatles");
    await soon(() => metric("segue_commands_total", { outcome: "NotLinked" })).toBe(1);
    expect(await metric("segue_people")).toBe(1);
    await soon(() => metric("segue_messages_in_hand", { platform: "telegram" })).toBe(0);
  });

  it("counts each step of a link, calls by lane, and what is left of the day", async () => {
    const before = (await metric("segue_service_calls_left")) ?? 0;
    await stand.telegram.updates.confirmed(stand.telegram.presses(mia, "Connect Spotify").id);
    await soon(said).toMatch(/\/link\//);
    const begun = await metric("segue_link_steps_total", { service: "spotify", step: "waiting" });
    expect(begun).toBeGreaterThan(0);
    const link = stand.telegram.sees(mia).findLast((text) => text.includes("/link/")) ?? "";
    // As a browser goes to an address; what fetches one for a preview has not opened the page.
    await fetch(addressIn(link).replace(publicUrl, stand.local), {
      headers: {
        "sec-fetch-mode": "navigate",
        "sec-fetch-dest": "document",
        "x-forwarded-host": new URL(publicUrl).host,
        "x-forwarded-proto": "https",
        "x-forwarded-for": "203.0.113.7",
      },
    });
    await says(await linkByPage(stand.browser(), addressIn(link), "Mia Lindqvist"));
    await soon(() => metric("segue_link_steps_total", { service: "spotify", step: "done" })).toBe(1);
    for (const step of ["opened", "authorizing", "needs_code", "exchanging"])
      expect([step, await metric("segue_link_steps_total", { step })]).toEqual([step, 1]);
    await soon(said).toContain("Which device");
    expect(await metric("segue_service_calls_total", { service: "spotify", lane: "controls" })).toBeGreaterThan(0);
    expect(await metric("segue_service_calls_last_24h", { lane: "controls" })).toBeGreaterThan(0);
    await soon(() => metric("segue_service_calls_left")).toBeLessThan(before);
    await soon(() => metric("segue_watched_accounts")).toBe(1);
    // The message that offered the link says how that ended.
    await soon(() => metric("segue_view_edits_total", { platform: "telegram" })).toBeGreaterThan(0);
  });

  it("shows what it stands on", async () => {
    expect(await metric("segue_database_bytes")).toBeGreaterThan(100_000);
    expect(await metric("segue_part_up", { part: "telegram" })).toBe(1);
    expect(await metric("segue_outbox_posts", { status: "waiting" })).toBe(0);
    expect(await metric("segue_outbox_late_seconds", { platform: "telegram" })).toBe(0);
    expect(await metric("nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
  });

  it("writes each line under the message that it is about, down to the calls, and nothing of that goes to the service", async () => {
    await says("play bohemian rhapsody");
    const lines = () => stand.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const now = () => lines().findLast(({ intent, msg }) => intent === "playback.play" && msg === "command done");
    const about = () => lines().filter(({ request }) => request === (now()?.request ?? "none"));
    await soon(() => metric("segue_words_total", { outcome: "asked_back", locale: "en" })).toBe(1);
    await soon(() => about().at(-1)?.msg).toBe("answered");
    const messages = about().map(({ msg }) => msg);
    expect(messages[0]).toBe("an event is worked on");
    expect(messages).toEqual(expect.arrayContaining(["call", "command done", "answered"]));
    expect(about().find(({ msg }) => msg === "call")).toMatchObject({ service: "spotify", lane: "controls" });
    expect(
      new Set(
        about()
          .map(({ event }) => event)
          .filter(Boolean),
      ).size,
    ).toBe(1);
    // Whatever works by itself is no message's.
    const jobs = lines().filter(({ job }) => job !== undefined);
    expect(jobs.every(({ request }) => request === undefined)).toBe(true);
  });

  it("is not ready while a platform is gone, and says why", async () => {
    expect((await get("/readyz")).status).toBe(200);
    await stand.telegram.down();
    await soon(async () => (await get("/readyz")).status).toBe(503);
    const { parts, why } = (await (await get("/readyz")).json()) as {
      parts: Record<string, boolean>;
      why: Record<string, string>;
    };
    expect(parts).toMatchObject({ telegram: false, spotify: true, "job timers": true, "job recover": true });
    expect(why.telegram).toMatch(/^not reachable \(\w+\); seen so for \d+ s$/);
    expect(await metric("segue_part_up", { part: "telegram" })).toBe(0);
    expect((await get("/healthz")).status).toBe(200);
    await stand.telegram.up();
    await soon(async () => (await get("/readyz")).status).toBe(200);
  });
});
