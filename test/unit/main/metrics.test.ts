import { describe, expect, it } from "vitest";
import { createMetrics, type MetricReads } from "../../../src/metrics.ts";
import type { Usage } from "../../../src/net/call.ts";

const calm: Usage = {
  budget: "api",
  limits: { windowCalls: 90, windowMs: 30_000, dailyCalls: 1_000 },
  last24h: 0,
  byLane: {},
  byGroup: {},
  window: { used: 0, queued: 0 },
  gates: [],
  breakers: [],
};

function setup(reads: Partial<MetricReads> = {}) {
  const metrics = createMetrics({
    now: () => 1_000_000,
    usage: async () => calm,
    people: async () => 0,
    outbox: async () => ({ waiting: 0, sending: 0, sent: 0, unconfirmed: 0, dead: 0 }),
    outboxLate: async () => ({}),
    databaseBytes: async () => 0,
    openStreams: () => 0,
    inHand: () => ({}),
    watched: async () => ({}),
    parts: () => ({}),
    ...reads,
  });
  const lines = async () => (await metrics.read()).body.split("\n").filter((line) => line.startsWith("segue_"));
  return { metrics, lines };
}

describe("metrics", () => {
  it("tell what closed a service, and for how long, and what is left of the day", async () => {
    let usage: Usage = {
      ...calm,
      last24h: 990,
      byLane: { controls: 980, history: 10 },
      gates: [{ budget: "api", group: "player", closedAt: 0, untilAt: 1_090_000, reason: "quota" }],
      breakers: [{ group: "search", state: "half_open", untilAt: 990_000 }],
    };
    const { lines } = setup({ usage: async () => usage });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'segue_service_calls_last_24h{lane="controls"} 980',
        'segue_service_calls_left{budget="api"} 10',
        'segue_service_gate_seconds{group="player"} 90',
        'segue_service_breaker_seconds{group="search"} 0',
      ]),
    );
    usage = { ...calm, last24h: 1_001 };
    const later = await lines();
    expect(later).toContain('segue_service_calls_left{budget="api"} 0');
    expect(later.join("\n")).not.toMatch(/gate_seconds\{|breaker_seconds\{/);
  });

  it("count what happens", async () => {
    const { metrics, lines } = setup();
    const { onCall, links, chat, deviceWoke, imported } = metrics;
    const call = {
      service: "s",
      budget: "b",
      group: "g",
      lane: "controls",
      reason: "r",
      method: "GET",
      attempt: 1,
    } as const;
    onCall({ ...call, status: 204, waitedMs: 5, tookMs: 200 });
    onCall({ ...call, failure: "ECONNRESET", waitedMs: 0, tookMs: 1 });
    links.refreshed("s", "renewed");
    links.refreshed("s", "refused");
    links.linkStep("s", "expired");
    chat.heard("asked_back", "de");
    chat.command("playback.play", "NoActiveDevice");
    chat.edited("web");
    deviceWoke();
    imported({ read: 10, kept: 7 });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'segue_service_calls_total{service="s",group="g",lane="controls",outcome="2xx"} 1',
        'segue_service_calls_total{service="s",group="g",lane="controls",outcome="failed"} 1',
        'segue_service_call_seconds_count{service="s",lane="controls"} 2',
        'segue_service_wait_seconds_count{service="s",lane="controls"} 2',
        'segue_token_refreshes_total{service="s",outcome="renewed"} 1',
        'segue_token_refreshes_total{service="s",outcome="refused"} 1',
        'segue_link_steps_total{service="s",step="expired"} 1',
        'segue_words_total{outcome="asked_back",locale="de"} 1',
        'segue_commands_total{intent="playback.play",outcome="NoActiveDevice"} 1',
        'segue_view_edits_total{platform="web"} 1',
        "segue_devices_woken_total 1",
        'segue_import_rows_total{outcome="kept"} 7',
        'segue_import_rows_total{outcome="left_out"} 3',
      ]),
    );
  });

  it("tell how things stand when they are read", async () => {
    const { lines } = setup({
      people: async () => 12,
      outbox: async () => ({ waiting: 3, sending: 0, sent: 40, unconfirmed: 1, dead: 2 }),
      outboxLate: async () => ({ chat: 61 }),
      databaseBytes: async () => 4_096,
      openStreams: () => 2,
      inHand: () => ({ chat: 5 }),
      watched: async () => ({ watching: 4 }),
      parts: () => ({ chat: 0 }),
    });
    expect(await lines()).toEqual(
      expect.arrayContaining([
        "segue_people 12",
        'segue_outbox_posts{status="unconfirmed"} 1',
        'segue_outbox_late_seconds{platform="chat"} 61',
        "segue_database_bytes 4096",
        "segue_chat_streams 2",
        'segue_messages_in_hand{platform="chat"} 5',
        'segue_watched_accounts{state="watching"} 4',
        'segue_part_up{part="chat"} 0',
      ]),
    );
  });
});
