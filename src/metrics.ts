import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { CallReport, Usage } from "./net/call.ts";

/** What Prometheus reads. Labels come from small fixed sets: no person, place, title or address. */
export function createMetrics(reads: {
  usage: () => Promise<Usage | undefined>;
  people: () => Promise<number>;
  openStreams: () => number;
}) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const calls = new Counter({
    name: "segue_service_calls_total",
    help: "Calls to a music service, by lane, endpoint group and outcome.",
    labelNames: ["service", "group", "lane", "outcome"],
    registers,
  });
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
  new Gauge({
    name: "segue_service_calls_last_24h",
    help: "Calls in the rolling day, by lane.",
    labelNames: ["budget", "lane"],
    registers,
    async collect() {
      const usage = await reads.usage();
      this.reset();
      for (const [lane, count] of Object.entries(usage?.byLane ?? {}))
        this.set({ budget: usage?.budget ?? "", lane }, count);
    },
  });
  new Gauge({
    name: "segue_service_gates_closed",
    help: "Endpoint groups that the service has closed.",
    labelNames: ["budget"],
    registers,
    async collect() {
      const usage = await reads.usage();
      this.reset();
      if (usage) this.set({ budget: usage.budget }, usage.gates.length);
    },
  });
  new Gauge({
    name: "segue_service_breakers_open",
    help: "Endpoint groups that are left alone for now because they failed again and again.",
    labelNames: ["budget"],
    registers,
    async collect() {
      const usage = await reads.usage();
      this.reset();
      if (usage) this.set({ budget: usage.budget }, usage.breakers.length);
    },
  });
  new Gauge({
    name: "segue_people",
    help: "People who have spoken to the bot.",
    registers,
    async collect() {
      this.set(await reads.people());
    },
  });
  new Gauge({
    name: "segue_chat_streams",
    help: "Open streams of the web chat.",
    registers,
    collect() {
      this.set(reads.openStreams());
    },
  });

  return {
    onCall(report: CallReport): void {
      const { service, group, lane } = report;
      const outcome = report.status === undefined ? "failed" : `${Math.floor(report.status / 100)}xx`;
      calls.inc({ service, group, lane, outcome });
      seconds.observe({ service, lane }, report.tookMs / 1000);
      waited.observe({ service, lane }, report.waitedMs / 1000);
    },
    read: async (): Promise<{ contentType: string; body: string }> => ({
      contentType: registry.contentType,
      body: await registry.metrics(),
    }),
  };
}
