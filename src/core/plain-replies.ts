import type { EventRow } from "../contracts/message-store.ts";
import { type Reply, say } from "../contracts/reply.ts";
import type { Translate } from "../contracts/skill.ts";

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
