import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { OriginJudge } from "./origin.ts";

const ANSWER_MS = 2_000;

/** Whether a part does its work. `optional`: all else works without it. `why`: what it does not do, also where it does the rest. */
export type PartStanding = { ready: boolean; optional?: true; why?: string };
/** Every started part by name. */
export type Readiness = () => Record<string, PartStanding> | Promise<Record<string, PartStanding>>;
export type Metrics = () => Promise<{ contentType: string; body: string }>;

/** For whatever watches the process. A part that does not answer in time is down. */
export function addProbes(
  app: FastifyInstance,
  options: {
    clock: Clock;
    log: Log;
    origin: OriginJudge;
    readiness: Readiness;
    metrics?: Metrics;
    mayLookIn?: (request: IncomingMessage) => boolean;
  },
): void {
  const { clock, log, origin, readiness, metrics } = options;
  // Reasons and figures are for whoever runs this. By which name it was asked for says nothing: the client chooses it.
  const mayLookIn = ({ raw }: FastifyRequest) => origin(raw).loopback || options.mayLookIn?.(raw) === true;

  async function ask(): Promise<Record<string, PartStanding>> {
    const done = new AbortController();
    const none = (why: string) => ({ answer: { ready: false, why } });
    const late = clock.sleep(ANSWER_MS, done.signal).then(
      () => none(`none within ${ANSWER_MS / 1000} s`),
      () => none("not waited for"),
    );
    try {
      return await Promise.race([Promise.resolve(readiness()), late]);
    } catch (error) {
      log.error({ err: error }, "readiness could not be told");
      return none("it could not be told: see the log");
    } finally {
      done.abort();
    }
  }

  app.get("/healthz", (_request, reply) => reply.send({ status: "ok" }));

  app.get("/readyz", async (request, reply) => {
    const all = Object.entries(await ask());
    const ready = all.every(([, part]) => part.ready || part.optional);
    const why = all.flatMap(([name, part]) => (part.why === undefined ? [] : [[name, part.why]]));
    return reply.code(ready ? 200 : 503).send({
      status: ready ? "ready" : "not_ready",
      parts: Object.fromEntries(all.map(([name, part]) => [name, part.ready])),
      ...(why.length === 0 || !mayLookIn(request) ? {} : { why: Object.fromEntries(why) }),
    });
  });

  if (metrics) {
    app.get("/metrics", async (request, reply) => {
      if (!mayLookIn(request)) return reply.callNotFound();
      const { contentType, body } = await metrics();
      return reply.header("Content-Type", contentType).send(body);
    });
  }
}
