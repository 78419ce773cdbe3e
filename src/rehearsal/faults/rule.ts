import { z } from "zod";

/** What goes wrong with a call. Several at once are possible: a late 502 after the write took effect, say. */
const effectSchema = z.strictObject({
  /** Wait before anything is done, by the server's clock. */
  delayMs: z.int().nonnegative().max(3_600_000).optional(),
  /** Answer with this instead. The call has no effect unless `applied`. */
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  /** With `status`: text as it is, anything else as JSON; absent: the platform's error object for 4xx and 5xx. */
  body: z.json().optional(),
  /** With `status`: carry the call out all the same, and only lie about it. */
  applied: z.boolean().default(false),
  /** Spoil the answer's body: cut short, a web page, wrong types, far too long, nothing, or noise. */
  corrupt: z.enum(["truncated", "html", "types", "huge", "empty", "noise"]).optional(),
  /** Reset the connection: before anything happened, after the call took effect, or in the middle of the answer. */
  drop: z.enum(["before", "after", "midway"]).optional(),
  /** Send the answer in small pieces with a pause after each. */
  trickle: z
    .strictObject({ bytes: z.int().positive().max(65_536), everyMs: z.int().positive().max(600_000) })
    .optional(),
});

export const faultSchema = z.strictObject({
  id: z.string().min(1).max(100).optional(),
  match: z
    .strictObject({
      method: z.string().optional(),
      /** A path as sent or as the documentation has it (`/v1/tracks/{id}`); `*` stands for anything. */
      path: z.string().max(500).optional(),
      userId: z.string().optional(),
      clientId: z.string().optional(),
    })
    .prefault({}),
  /** So many matching calls pass unharmed first. */
  skip: z.int().nonnegative().default(0),
  /** So many calls are harmed, then no more; null: all of them. */
  count: z.int().positive().nullable().default(null),
  /** Of those that remain, this share, drawn from the server's seed. */
  probability: z.number().min(0).max(1).default(1),
  effect: effectSchema,
});

export type Fault = z.infer<typeof faultSchema>;
export type FaultSeed = z.input<typeof faultSchema>;
export type Effect = z.infer<typeof effectSchema>;
