import { z } from "zod";
import { say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";
import { named } from "./shared/items.ts";

/** Without a `uri`: what is playing. */
const what = z.object({ uri: slotSchemas.uri.optional() });

export const skill = defineSkill({
  name: "library",
  intents: { "library.like": what, "library.unlike": what },
  needs: ["state", "library.read", "library.write"],
  permission: "playlist",
  visibility: "private",
  async run({ intent, args, music, t }) {
    const done = intent === "library.like" ? await music.like(args.uri) : await music.unlike(args.uri);
    const key = intent === "library.like" ? "liked" : "unliked";
    return say(t(done.changed ? key : `${key}_already`, { name: named(done.item, t) }));
  },
});
