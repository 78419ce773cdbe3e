import { z } from "zod";
import { type Block, button, say } from "../../src/contracts/reply.ts";
import { defineSkill } from "../../src/contracts/skill.ts";

/** A small skill to try the bot with: it plays by title, pauses, shows a card that changes, and is slow or broken on demand. */
export function createDeck(
  hooks: {
    title?: () => string | undefined;
    /** The card tells what it shows. */
    tells?: boolean;
    slow?: (signal: AbortSignal) => Promise<void>;
  } = {},
) {
  const skill = defineSkill({
    name: "deck",
    intents: {
      "playback.play": z.object({
        track: z.string().optional(),
        version: z.string().optional(),
        uri: z.string().optional(),
        deviceId: z.string().optional(),
      }),
      "playback.pause": z.object({ level: z.coerce.number().int().max(100).optional() }),
      "device.transfer": z.object({ deviceId: z.string().optional() }),
      "library.like": z.object({}),
      "nowplaying.query": z.object({}),
      "search.query": z.object({ query: z.string() }),
    },
    needs: (intent) => (intent === "library.like" ? ["library.write"] : intent === "search.query" ? [] : ["playback"]),
    permission: (intent) => (intent === "device.transfer" ? "device" : "playback"),
    visibility: (intent) => (intent === "nowplaying.query" ? "public" : "private"),
    async run(ctx) {
      const { t } = ctx;
      switch (ctx.intent) {
        case "playback.play": {
          const { uri, deviceId } = ctx.args;
          const words = [ctx.args.track, ctx.args.version].filter((part) => part !== undefined).join(" ");
          const readings = words ? [{ slots: { track: words }, score: 1 }] : ctx.readings;
          await hooks.slow?.(ctx.signal);
          const played = await ctx.music.play({ readings, ...(uri ? { uri } : {}), ...(deviceId ? { deviceId } : {}) });
          const title = "title" in played.chosen ? played.chosen.title : played.chosen.name;
          return say(t("playing", { title }), undefined, { view: { kind: "card", key: ctx.music.key } });
        }
        case "playback.pause":
          await ctx.music.pause();
          return say(t("paused"));
        case "device.transfer":
          await ctx.music.transfer({ deviceId: ctx.args.deviceId ?? "" });
          return say(t("moved"));
        case "library.like":
          return say(t("liked"));
        case "nowplaying.query":
          return ctx.view("card", ctx.music.key);
        case "search.query": {
          const titles = ["One", "Two", "Three"].map((title) => `${ctx.args.query} ${title}`);
          const text = t("found");
          const options = titles.map((title) => ({
            label: title,
            command: { intent: "playback.play", slots: { track: title } },
          }));
          return say(text, [{ type: "select", label: text, options }]);
        }
      }
    },
    views: {
      async card(ctx) {
        const title = hooks.title?.();
        if (title === undefined) return undefined;
        const blocks: Block[] = [
          { type: "heading", text: title },
          { type: "buttons", buttons: [button(ctx.t("pause"), "playback.pause")] },
        ];
        const shows = hooks.tells ? { view: { kind: "card", key: ctx.music.key, shows: [title] } } : {};
        return say(ctx.t("playing", { title }), blocks, shows);
      },
    },
  });
  return {
    skill,
    words: {
      help: { title: "Music", order: 1 },
      commands: Object.fromEntries(
        Object.keys(skill.intents).map((intent) => [
          intent,
          { name: intent.replace(".", "-").replace("_", "-"), description: `Does ${intent}` },
        ]),
      ),
      examples: Object.fromEntries(Object.keys(skill.intents).map((intent) => [intent, [`do ${intent}`]])),
      replies: {
        playing: "Playing {title}.",
        paused: "Paused.",
        moved: "Moved.",
        liked: "Liked.",
        found: "Found these.",
        pause: "Pause",
      },
    },
  };
}
