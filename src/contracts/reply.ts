import { z } from "zod";
import { maxMoments, momentSchema } from "./moments.ts";
import { commandSchema } from "./vocabulary.ts";

/**
 * What the bot says, as plain data: every string is plain text, never markup. Adapters escape for their platform and show
 * what they can; `text` alone must make sense where nothing else can be shown (notifications, screen readers, terminals).
 */
export const buttonSchema = z.object({
  label: z.string().min(1).max(80),
  command: commandSchema,
  style: z.enum(["primary", "danger", "plain"]).default("plain"),
  /** A platform that draws its own signs shows this instead of the label, and says the description. */
  icon: z
    .enum(["previous", "pause", "play", "next", "quieter", "louder", "like", "unlike", "shuffle", "repeat", "queue"])
    .optional(),
  /** What a screen reader says when the label is a symbol. */
  description: z.string().max(120).optional(),
  /** Pressing asks the skill's form of this intent first, where the platform has forms; elsewhere the command runs as it is. */
  form: z.boolean().optional(),
});
export type Button = z.output<typeof buttonSchema>;

export const blockSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("heading"), text: z.string() }),
  z.object({ type: z.literal("text"), text: z.string() }),
  z.object({
    type: z.literal("image"),
    url: z.url(),
    alt: z.string(),
    /** There are words on it that say nothing where they cannot be read: it stands by itself, and beside no text. */
    large: z.boolean().optional(),
  }),
  z.object({ type: z.literal("fields"), fields: z.array(z.object({ name: z.string(), value: z.string() })) }),
  z.object({
    type: z.literal("progress"),
    positionMs: z.number().min(0),
    durationMs: z.number().min(0),
    playing: z.boolean(),
    /** Unix ms when `positionMs` was true, so that a client can let it run. */
    at: z.number(),
  }),
  z.object({
    type: z.literal("list"),
    ordered: z.boolean(),
    items: z.array(
      z.object({
        title: z.string(),
        detail: z.string().optional(),
        imageUrl: z.url().optional(),
        url: z.url().optional(),
        /** The title is the name of a command: a platform that has a way of its own to write those uses it. */
        command: z.boolean().optional(),
      }),
    ),
  }),
  z.object({ type: z.literal("buttons"), buttons: z.array(buttonSchema).min(1) }),
  z.object({
    type: z.literal("select"),
    label: z.string(),
    options: z
      .array(
        z.object({
          label: z.string(),
          detail: z.string().optional(),
          imageUrl: z.url().optional(),
          command: commandSchema,
        }),
      )
      .min(1),
  }),
  z.object({ type: z.literal("link"), label: z.string(), url: z.url() }),
  /** Who gave the data shown, as the provider's terms want it named. */
  z.object({ type: z.literal("attribution"), text: z.string(), url: z.url().optional() }),
]);
export type Block = z.output<typeof blockSchema>;

export const replySchema = z.object({
  kind: z.enum(["answer", "question", "error"]).default("answer"),
  visibility: z.enum(["private", "public"]).default("private"),
  text: z.string(),
  blocks: z.array(blockSchema),
  /** A question about what was done already: whoever sees that sees the question, too. */
  done: z.boolean().optional(),
  /** It shows a secret, which is never written down: after a crash these words are said in its place. */
  unkept: z.string().optional(),
  /** Words in its text and blocks that stand for a moment: a platform that can shows each reader their own time instead. */
  times: z.array(momentSchema).max(maxMoments).optional(),
  /** What this message shows; it is rendered again whenever that subject changes. */
  view: z
    .object({
      kind: z.string(),
      key: z.string(),
      /** Where the view's own blocks begin. What stands before them, and the text, say what was done. */
      from: z.number().int().min(0).optional(),
      /** What those words are about: they go while the view shows other things. Without it they stay. */
      about: z.string().optional(),
      /** Everything that is to be seen in the view now, by names that compare with `about`; absent where nobody knows. */
      shows: z.array(z.string()).optional(),
    })
    .optional(),
  /** A message with this view says all of it by itself: where that was pressed, words would be too many. */
  shownBy: z.object({ kind: z.string(), key: z.string() }).optional(),
  /** Set by core: the pressed message shows it. Said in passing where the platform can (a toast), or not at all. */
  passing: z.boolean().optional(),
});
export type Reply = z.output<typeof replySchema>;
export type Visibility = Reply["visibility"];

/** Asked in one go before a command runs; each answer becomes the slot of its name. */
export type Form = {
  title: string;
  fields: (
    | {
        slot: string;
        label: string;
        type: "text";
        value?: string;
        placeholder?: string;
        required: boolean;
        max: number;
      }
    | { slot: string; label: string; type: "select"; value?: string; options: { label: string; value: string }[] }
  )[];
};

/** A private answer of plain words; `blocks` default to the text itself. */
export function say(
  text: string,
  blocks: Block[] = [{ type: "text", text }],
  more: Partial<Omit<Reply, "text" | "blocks">> = {},
): Reply {
  return { kind: "answer", visibility: "private", text, blocks, ...more };
}

export function button(
  label: string,
  intent: string,
  slots: Record<string, unknown> = {},
  style: Button["style"] = "plain",
): Button {
  return { label: label.slice(0, 80), command: { intent, slots }, style };
}
