import {
  type APIComponentInLabel,
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  TextInputStyle,
} from "discord.js";
import type { Form } from "../../src/contracts/reply.ts";
import { cut } from "../shared/cut.ts";
import { oneLine } from "./escape.ts";

/** https://docs.discord.com/developers/components/reference#label and #text-input */
const max = { title: 45, fields: 5, label: 45, text: 4_000, placeholder: 100, options: 25, option: 100 };
/** What is longer does not fit on one line of a phone. */
const oneLineUpTo = 150;

/** A form as a modal; `data` is what the button carried that opened it. */
export function encodeForm(form: Form, data: string): APIModalInteractionResponseCallbackData {
  return {
    custom_id: `m.${data}`,
    title: cut(oneLine(form.title), max.title) || "…",
    components: form.fields.slice(0, max.fields).map((field) => ({
      type: ComponentType.Label,
      label: cut(oneLine(field.label), max.label) || "…",
      component: input(field),
    })),
  };
}

function input(field: Form["fields"][number]): APIComponentInLabel {
  if (field.type === "select") {
    const options = field.options.slice(0, max.options).map(({ label, value }) => ({
      label: cut(oneLine(label), max.option) || "…",
      value: value.slice(0, max.option),
      ...(value === field.value ? { default: true } : {}),
    }));
    return { type: ComponentType.StringSelect, custom_id: field.slot, options, required: true };
  }
  const length = Math.min(Math.max(1, field.max), max.text);
  return {
    type: ComponentType.TextInput,
    custom_id: field.slot,
    style: length > oneLineUpTo ? TextInputStyle.Paragraph : TextInputStyle.Short,
    required: field.required,
    max_length: length,
    ...(field.value ? { value: field.value.slice(0, length) } : {}),
    ...(field.placeholder ? { placeholder: cut(oneLine(field.placeholder), max.placeholder) } : {}),
  };
}
