import type { ZodError } from "zod";

/** An answer of the HTTP interface that is a refusal, in the vendor's shape. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Record<string, string>;

  constructor(status: number, body: { code: number; message: string; [more: string]: unknown }, headers = {}) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
export const refusals = {
  unauthorized: () => new Refusal(401, { code: 0, message: "401: Unauthorized" }),
  unknown: (what: "Channel" | "Guild" | "Member" | "Message" | "Webhook" | "Interaction" | "User") => {
    const codes = {
      Channel: 10003,
      Guild: 10004,
      Member: 10007,
      Message: 10008,
      User: 10013,
      Webhook: 10015,
      Interaction: 10062,
    };
    return new Refusal(404, { code: codes[what], message: `Unknown ${what === "Interaction" ? "interaction" : what}` });
  },
  acknowledged: () => new Refusal(400, { code: 40060, message: "Interaction has already been acknowledged." }),
  followUps: () =>
    new Refusal(400, { code: 40094, message: "This interaction has hit the maximum number of follow up messages." }),
  access: () => new Refusal(403, { code: 50001, message: "Missing Access" }),
  permissions: () => new Refusal(403, { code: 50013, message: "Missing Permissions" }),
  empty: () => new Refusal(400, { code: 50006, message: "Cannot send an empty message" }),
  closed: () => new Refusal(403, { code: 50007, message: "Cannot send messages to this user" }),
  foreign: () => new Refusal(403, { code: 50005, message: "Cannot edit a message authored by another user" }),
  webhookToken: () => new Refusal(401, { code: 50027, message: "Invalid Webhook Token" }),
  form: (error: ZodError | string) => {
    const errors: Record<string, unknown> = {};
    const issues = typeof error === "string" ? [{ path: [], message: error }] : error.issues;
    for (const issue of issues) {
      let at = errors;
      for (const key of issue.path.map(String)) {
        const inner = (at[key] ?? {}) as Record<string, unknown>;
        at[key] = inner;
        at = inner;
      }
      at._errors = [{ code: "BASE_TYPE_BAD", message: issue.message }];
    }
    return new Refusal(400, { code: 50035, message: "Invalid Form Body", errors });
  },
};
