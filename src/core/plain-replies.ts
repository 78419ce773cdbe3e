import type { EventRow } from "../contracts/message-store.ts";
import { type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";

/** More than one person may send at once. */
export function refusal(t: Translate, time: string | undefined): Reply {
  return say(t("error.RateLimited.person", { time: time ?? "none" }), undefined, { kind: "error" });
}

/** What was done before the interruption is told too; of the rest it is said that it may have begun. */
export function interrupted(t: Translate, row: EventRow): Reply {
  const done = row.replies.map((reply) => reply.text);
  return say([...done, t(row.begun ? "interrupted.begun" : "interrupted.not_begun")].join("\n"), undefined, {
    kind: "error",
  });
}

/** The answer again, when nobody knows whether it was seen. */
export function repeated(t: Translate, reply: Reply): Reply {
  const note = t("repeated");
  return { ...reply, text: `${note}\n${reply.text}`, blocks: [{ type: "text", text: note }, ...reply.blocks] };
}
