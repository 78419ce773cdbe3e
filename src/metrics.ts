import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Tally as LinkTally } from "./accounts/parts.ts";
import type { OutboxRow } from "./contracts/message-store.ts";
import type { Tally as ChatTally } from "./core/bot-parts.ts";
import type { CallReport, Usage } from "./net/call.ts";

type Counts = Readonly<Record<string, number>>;

/** Asked at each reading. */
export type MetricReads = {
  now(): number;
  usage(): Promise<Usage>;
  people(): Promise<number>;
  outbox(): Promise<Record<OutboxRow["status"], number>>;
  /** For how many seconds what a platform is owed has been due, by platform. */
  outboxLate(): Promise<Counts>;
  databaseBytes(): Promise<number>;
  openStreams(): number;
  /** Events that are accepted and not yet answered, by platform. */
  inHand(): Counts;
  /** Watched accounts by what they do. */
  watched(): Promise<Counts>;
  /** 1 for what works and 0 for what does not: connections and jobs. */
  parts(): Counts;
};

/** What Prometheus reads. Labels come from small fixed sets: no person, place, title or address. */
export function createMetrics(reads: MetricReads) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  const gauges = (name: string, help: string, label: string, read: () => Counts | Promise<Counts>) =>
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      async collect() {
        const counts = await read();
        this.reset();
        for (const [value, count] of Object.entries(counts)) this.set({ [label]: value }, count);
      },
    });

  const calls = counter(
    "segue_service_calls_total",
    "Calls to a music service, by lane, endpoint group and outcome.",
    ...(["service", "group", "lane", "outcome"] as const),
  );
  const seconds = new Histogram({
    name: "segue_service_call_seconds",
    help: "How long a call to a music service took.",
    labelNames: ["service", "lane"],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers,
  });
  const waited = new Histogram({
    name: "segue_service_wait_seconds",
    help: "How long a call waited for room in the rate window.",
    labelNames: ["service", "lane"],
    buckets: [0.001, 0.01, 0.1, 1, 10],
    registers,
  });
  const usage = (name: string, help: string, label: string, counts: (usage: Usage) => Counts) =>
    gauges(name, help, label, async () => counts(await reads.usage()));
  const left = (at: number) => Math.max(0, (at - reads.now()) / 1000);
  usage("segue_service_calls_last_24h", "Calls in the rolling day, by lane.", "lane", ({ byLane }) => byLane);
  usage("segue_service_calls_left", "What is left of the rolling day.", "budget", ({ budget, limits, last24h }) =>
    limits.dailyCalls === undefined ? {} : { [budget]: Math.max(0, limits.dailyCalls - last24h) },
  );
  usage(
    "segue_service_gate_seconds",
    "For how long an endpoint group that the service has closed stays so.",
    "group",
    ({ gates }) => Object.fromEntries(gates.map(({ group, untilAt }) => [group, left(untilAt)])),
  );
  usage(
    "segue_service_breaker_seconds",
    "For how long an endpoint group is left alone because it failed again and again; 0 while one call tries.",
    "group",
    ({ breakers }) => Object.fromEntries(breakers.map(({ group, untilAt }) => [group, left(untilAt)])),
  );

  const refreshes = counter("segue_token_refreshes_total", "Token renewals, by outcome.", "service", "outcome");
  const links = counter("segue_link_steps_total", "What became of attempts to link.", "service", "step");
  const words = counter("segue_words_total", "Messages in words, by what was made of them.", "outcome", "locale");
  const commands = counter("segue_commands_total", "Commands done, by outcome.", "intent", "outcome");
  const edits = counter("segue_view_edits_total", "Messages of ours that were changed.", "platform");
  const woken = counter("segue_devices_woken_total", "Devices that a command woke, or that came when waited for.");
  const rows = counter("segue_import_rows_total", "Rows of imported files.", "outcome");

  gauge("segue_people", "People who have spoken to the bot.", reads.people);
  gauge("segue_database_bytes", "What the database takes up.", reads.databaseBytes);
  gauge("segue_chat_streams", "Open streams of the web chat.", reads.openStreams);
  gauges("segue_outbox_posts", "Posts owed to places and posts of the last days.", "status", reads.outbox);
  gauges(
    "segue_outbox_late_seconds",
    "For how long the earliest owed post has been due.",
    "platform",
    reads.outboxLate,
  );
  gauges("segue_messages_in_hand", "Messages accepted and not yet answered.", "platform", reads.inHand);
  gauges("segue_watched_accounts", "Accounts that can be watched, by what they do.", "state", reads.watched);
  gauges("segue_part_up", "What /readyz says of each part.", "part", reads.parts);

  return {
    onCall(report: CallReport): void {
      const { service, group, lane } = report;
      const outcome = report.status === undefined ? "failed" : `${Math.floor(report.status / 100)}xx`;
      calls.inc({ service, group, lane, outcome });
      seconds.observe({ service, lane }, report.tookMs / 1000);
      waited.observe({ service, lane }, report.waitedMs / 1000);
    },
    links: {
      linkStep: (service, step) => links.inc({ service, step }),
      refreshed: (service, outcome) => refreshes.inc({ service, outcome }),
    } satisfies LinkTally,
    chat: {
      heard: (outcome, locale) => words.inc({ outcome, locale }),
      command: (intent, outcome) => commands.inc({ intent, outcome }),
      edited: (platform) => edits.inc({ platform }),
    } satisfies ChatTally,
    deviceWoke: (): void => woken.inc(),
    imported({ read, kept }: { read: number; kept: number }): void {
      rows.inc({ outcome: "kept" }, kept);
      rows.inc({ outcome: "left_out" }, Math.max(0, read - kept));
    },
    read: async (): Promise<{ contentType: string; body: string }> => ({
      contentType: registry.contentType,
      body: await registry.metrics(),
    }),
  };
}
