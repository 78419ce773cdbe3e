import { confirm, isCancel, multiselect, note, password, spinner, text } from "@clack/prompts";
import type { Asker } from "./wizard.ts";

/** The wizard's questions on a terminal. */
export const terminalAsker: Asker = {
  say: (title, lines) => note(lines.join("\n"), title),
  async choose(label, options, chosen) {
    const answer = await multiselect({
      message: `${label} (space chooses, enter goes on)`,
      options: [...options],
      initialValues: [...chosen],
      required: false,
    });
    return isCancel(answer) ? undefined : answer;
  },
  async text({ label, secret, optional }, { was, fault }) {
    const validate = (value: string | undefined) => fault((value ?? "").trim() || (was ?? ""));
    const keep = was === undefined ? (optional ? " (empty: none)" : "") : " (empty: keep)";
    const answer = secret
      ? await password({ message: `${label}${keep}`, validate })
      : await text({ message: label, validate, ...(was === undefined ? {} : { initialValue: was }) });
    return isCancel(answer) ? undefined : (answer ?? "").trim() || (was ?? "");
  },
  async confirm(label) {
    const answer = await confirm({ message: label });
    return isCancel(answer) ? undefined : answer;
  },
  async during(label, run) {
    const turning = spinner();
    turning.start(label);
    try {
      return await run();
    } finally {
      turning.stop(label);
    }
  },
};
