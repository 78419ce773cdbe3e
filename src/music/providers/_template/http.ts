import { SegueError } from "../../../contracts/errors.ts";
import type { CallOptions } from "../../../contracts/music.ts";
import type { Http } from "../../../net/call.ts";
import { parseRefusal } from "./parse.ts";

export type JukeboxCall = {
  method: "GET" | "POST";
  path: string;
  query?: Record<string, string | number>;
  json?: unknown;
  /** Sending it twice does the same as sending it once. */
  repeat: boolean;
  options?: CallOptions | undefined;
};

/** The way to one jukebox. Deadlines, limits and repeats are the business of `Http`; this words the call and reads a refusal. */
export function createCall(http: Pick<Http, "request">, baseUrl: string): (call: JukeboxCall) => Promise<unknown> {
  return async ({ options = {}, ...call }) => {
    const { status, json, text } = await http.request({
      ...call,
      service: "jukebox",
      budget: "jukebox",
      group: "player",
      baseUrl,
      lane: options.lane ?? "controls",
      reason: options.reason ?? call.path,
      ...(options.deadlineAt === undefined ? {} : { deadlineAt: options.deadlineAt }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      answer: "json",
    });
    if (status < 300) return json;
    throw (
      parseRefusal(json) ??
      new SegueError("Unavailable", { service: "jukebox", why: "status", status }, { cause: text.slice(0, 100) })
    );
  };
}
