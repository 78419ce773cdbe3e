import type { KnownBlock } from "@slack/types";
import { z } from "zod";
import type { Form } from "../../src/contracts/reply.ts";
import { cut } from "../shared/cut.ts";
import { kit } from "./limits.ts";
import { clean } from "./text.ts";

/** Names the form's answers when they come back. */
export const formCallback = "form";
const answer = "answer";

/** Where the form was asked for: it comes back without a place of its own. */
const originSchema = z.object({
  channel: z.string().min(1),
  thread: z.string().optional(),
  target: z.string().optional(),
});
export type FormOrigin = z.output<typeof originSchema>;
const metadataSchema = originSchema.extend({ data: z.string().min(1) });

const plain = (text: string, max: number) =>
  ({ type: "plain_text", text: cut(clean(text).trim() || "·", max), emoji: false }) as const;

/** A form as a modal. `data` is what the button carried, small enough for the view to carry too. */
export function encodeForm(
  form: Form,
  origin: FormOrigin,
  data: string,
  words: { submit: string; cancel: string },
): Record<string, unknown> {
  return {
    type: "modal",
    callback_id: formCallback,
    title: plain(form.title, kit.modalTitle),
    submit: plain(words.submit, kit.modalTitle),
    close: plain(words.cancel, kit.modalTitle),
    private_metadata: JSON.stringify({ ...origin, data }),
    blocks: form.fields.slice(0, kit.blocks.modal).flatMap(field),
  };
}

function field(asked: Form["fields"][number]): KnownBlock[] {
  const common = { type: "input", block_id: asked.slot, label: plain(asked.label, kit.inputLabel) } as const;
  if (asked.type === "text") {
    const max = Math.min(asked.max, kit.input);
    return [
      {
        ...common,
        optional: !asked.required,
        element: {
          type: "plain_text_input",
          action_id: answer,
          max_length: max,
          ...(asked.value ? { initial_value: cut(clean(asked.value), max) } : {}),
          ...(asked.placeholder ? { placeholder: plain(asked.placeholder, kit.placeholder) } : {}),
        },
      },
    ];
  }
  // The value comes back as it is, so one that does not fit cannot be offered.
  const options = asked.options
    .filter(({ value }) => value !== "" && value.length <= kit.optionBytes)
    .slice(0, 100)
    .map(({ label, value }) => ({ text: plain(label, kit.optionLabel), value }));
  if (options.length === 0) return [];
  const initial = options.find(({ value }) => value === asked.value);
  return [
    {
      ...common,
      optional: initial === undefined,
      element: {
        type: "static_select",
        action_id: answer,
        options,
        ...(initial === undefined ? {} : { initial_option: initial }),
      },
    },
  ];
}

/** What was filled in, and where it was asked; undefined when the form is none of ours. */
export function readForm(view: {
  private_metadata: string;
  state: {
    values: Record<
      string,
      Record<
        string,
        { value?: string | null | undefined; selected_option?: { value: string } | null | undefined } | undefined
      >
    >;
  };
}): { origin: FormOrigin; data: string; slots: Record<string, string> } | undefined {
  const metadata = metadataSchema.safeParse(json(view.private_metadata));
  if (!metadata.success) return undefined;
  const { data, ...origin } = metadata.data;
  const slots = Object.entries(view.state.values).flatMap(([slot, given]) => {
    const value = given[answer]?.value ?? given[answer]?.selected_option?.value;
    return value ? [[slot, value] as const] : [];
  });
  return { origin, data, slots: Object.fromEntries(slots) };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
