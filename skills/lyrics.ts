import { z } from "zod";
import { say } from "../src/contracts/reply.ts";
import { defineSkill } from "../src/contracts/skill.ts";
import { slotSchemas } from "../src/contracts/vocabulary.ts";

/** No licensed source of lyrics is open to a program like this one: said plainly, with what can be done instead. */
export const skill = defineSkill({
  name: "lyrics",
  intents: { "unsupported.lyrics": z.object({ track: slotSchemas.track.optional() }) },
  needs: [],
  section: "play",
  shownTo: { "unsupported.lyrics": "nobody" },
  visibility: "private",
  async run({ music, t }) {
    return say(t("not_here", { provider: music.provider.name, shared: music.shared ? "yes" : "no" }));
  },
});
