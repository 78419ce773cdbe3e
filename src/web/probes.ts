import type { FastifyInstance } from "fastify";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";

const ANSWER_MS = 2_000;

/** Every started part by name, and whether it does its work. */
export type Readiness = () => Record<string, boolean> | Promise<Record<string, boolean>>;
export type Metrics = () => Promise<{ contentType: string; body: string }>;

/** For whatever watches the process. A part that does not answer in time is down. */
export function addProbes(
  app: FastifyInstance,
  options: { clock: Clock; log: Log; readiness: Readiness; metrics?: Metrics },
): void {
  const { clock, log, readiness, metrics } = options;

  async function ask(): Promise<Record<string, boolean>> {
    const done = new AbortController();
    const late = clock.sleep(ANSWER_MS, done.signal).then(
      () => ({ answer: false }),
      () => ({ answer: false }),
    );
    try {
      return await Promise.race([Promise.resolve(readiness()), late]);
    } catch (error) {
      log.error({ err: error }, "readiness could not be told");
      return { answer: false };
    } finally {
      done.abort();
    }
  }

  app.get("/healthz", (_request, reply) => reply.header("Cache-Control", "no-store").send({ status: "ok" }));

  app.get("/readyz", async (_request, reply) => {
    const parts = await ask();
    const ready = Object.values(parts).every(Boolean);
    return reply
      .code(ready ? 200 : 503)
      .header("Cache-Control", "no-store")
      .send({ status: ready ? "ready" : "not_ready", parts });
  });

  if (metrics) {
    app.get("/metrics", async (_request, reply) => {
      const { contentType, body } = await metrics();
      return reply.header("Content-Type", contentType).header("Cache-Control", "no-store").send(body);
    });
  }
}
