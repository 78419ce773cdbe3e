import type { Resolution } from "../../src/contracts/player.ts";
import { button, type Reply } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";
import { named } from "./items.ts";

/**
 * After "no, I meant X": asks whether the first words shall mean X from now on. `reply` has been true by then, whatever the
 * answer is.
 */
export function askAlias(reply: Reply, said: string | undefined, { chosen }: Resolution, t: Translate): Reply {
  if (said === undefined) return reply;
  const question = t("alias.ask", { said, name: t("alias.thing", { type: chosen.type, name: named(chosen, t) }) });
  const [first, ...rest] = reply.blocks;
  const asked = [
    { type: "text" as const, text: question },
    {
      type: "buttons" as const,
      buttons: [
        button(t("alias.yes"), "alias.keep", { name: said, uri: chosen.uri }, "primary"),
        button(t("alias.no"), "alias.leave"),
      ],
    },
  ];
  return {
    ...reply,
    kind: "question",
    done: true,
    text: `${reply.text}\n${question}`,
    blocks: [...(first ? [first] : []), ...asked, ...rest],
    ...(reply.view ? { view: { ...reply.view, from: (reply.view.from ?? 0) + asked.length } } : {}),
  };
}
