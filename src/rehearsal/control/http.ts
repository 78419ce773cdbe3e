import { z } from "zod";
import { type Exchange, empty, json, Refused, type Reply } from "../http/exchange.ts";
import type { Stage } from "../stage.ts";
import { createControl } from "./control.ts";
import { operations } from "./operations.ts";

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?$/;

/**
 * `GET /_control/` lists the operations, `POST /_control/<operation>` carries one out: arguments as a JSON object, the
 * result as JSON. Reads may be made with GET and a query. Only for programs on this machine: a web page elsewhere can
 * neither name this host in `Host` nor send JSON without asking first, and asking is not answered.
 */
export async function answerControl(stage: Stage, exchange: Exchange): Promise<Reply> {
  if (!LOOPBACK_HOST.test(exchange.headers.host ?? ""))
    return problem(403, "the control interface is for this machine alone");
  const name = exchange.path.slice("/_control/".length);
  if (name === "") return json(200, { operations: Object.keys(operations) });
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) return problem(404, `no operation ${name}`);
  if (exchange.method !== "POST" && !(exchange.method === "GET" && operation.reads))
    return problem(405, `${name} is a POST`);
  try {
    const result = await operation.run(createControl(stage), argumentsOf(exchange));
    return result === undefined ? empty(204) : json(200, result);
  } catch (error) {
    if (error instanceof Refused) return error.reply;
    if (error instanceof z.ZodError) return problem(400, z.prettifyError(error));
    if (error instanceof RangeError || error instanceof TypeError) return problem(409, error.message);
    throw error;
  }
}

function argumentsOf(exchange: Exchange): unknown {
  if (exchange.method === "GET") return Object.fromEntries(exchange.query);
  if (exchange.body.length === 0) return {};
  if (!(exchange.headers["content-type"] ?? "").startsWith("application/json"))
    throw new Refused(problem(415, "arguments are a JSON object"));
  try {
    return JSON.parse(exchange.body.toString("utf8"));
  } catch {
    throw new Refused(problem(400, "arguments are a JSON object"));
  }
}

function problem(status: number, message: string): Reply {
  return json(status, { error: message });
}
