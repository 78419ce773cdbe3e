import { SegueError } from "../../../contracts/errors.ts";

/** A command's name and its arguments, not yet quoted. */
export type Command = readonly [name: string, ...args: (string | number)[]];

/** The daemon drops a client whose line does not fit its input buffer (src/client/Client.hxx: 8192 bytes). */
const MAX_LINE = 8000;
/** Its default `max_command_list_size` is 2 MiB. */
const MAX_LIST = 1_900_000;

/**
 * An argument between quotes. Inside them only the quote and the backslash mean anything; a line end or a NUL would end the
 * command, so with any other control character, and half characters that UTF-8 cannot carry, they are refused.
 */
export function quote(text: string): string {
  if (/[\u0000-\u001f\u007f]/.test(text) || !text.isWellFormed())
    throw new SegueError("InvalidInput", { field: "text", why: "format" });
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/** Several commands become one list, which the daemon runs in one piece up to the first refusal. */
export function encode(commands: readonly Command[]): string {
  const lines = commands.map(([name, ...args]) => {
    const line = [name, ...args.map((arg) => (typeof arg === "number" ? number(arg) : quote(arg)))].join(" ");
    if (Buffer.byteLength(line) > MAX_LINE) throw new SegueError("InvalidInput", { field: "text", why: "too_long" });
    return line;
  });
  const all = lines.length === 1 ? lines : ["command_list_ok_begin", ...lines, "command_list_end"];
  const text = `${all.join("\n")}\n`;
  if (Buffer.byteLength(text) > MAX_LIST) throw new SegueError("InvalidInput", { field: "items", why: "too_many" });
  return text;
}

function number(value: number): string {
  if (!Number.isFinite(value)) throw new SegueError("InvalidInput", { field: "number", why: "range" });
  return Number.isInteger(value) ? String(value) : value.toFixed(3);
}

/** An argument that the protocol wants as a range or an offset: `"2:7"`, `"+1"`. Quoted like any other. */
export const range = (from: number, to?: number): string => `${from}:${to ?? ""}`;
