import type { Block, Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";

/** What a number typed next stands for: the buttons and options of the last message that had some. */
export type Choices = { label: string; command: Command }[];

const barWidth = 24;

/** A reply as lines of plain text. Control characters cannot reach the terminal: a title could carry escape sequences. */
export function render(reply: Reply): { lines: string[]; choices: Choices } {
  const choices: Choices = [];
  const lines = reply.blocks.flatMap((block) => lineOf(block, choices));
  const spoken = lines.length > 0 ? lines : reply.text.split("\n");
  return { lines: spoken.map(printable), choices };
}

function lineOf(block: Block, choices: Choices): string[] {
  const number = (label: string, command: Command) => {
    choices.push({ label, command });
    return `[${choices.length}] ${label}`;
  };
  switch (block.type) {
    case "heading":
    case "text":
      return block.text.split("\n");
    case "image":
      return [];
    case "fields":
      return block.fields.map((field) => `${field.name}: ${field.value}`);
    case "progress": {
      const share = block.durationMs > 0 ? Math.min(1, block.positionMs / block.durationMs) : 0;
      const filled = Math.round(share * barWidth);
      return [
        `${block.playing ? ">" : "||"} ${"=".repeat(filled)}${"-".repeat(barWidth - filled)} ${time(block.positionMs)} / ${time(block.durationMs)}`,
      ];
    }
    case "list":
      return block.items.map(
        (item, index) =>
          `${block.ordered ? `${index + 1}.` : "-"} ${item.title}${item.detail ? ` - ${item.detail}` : ""}`,
      );
    case "buttons":
      return [block.buttons.map((entry) => number(entry.description ?? entry.label, entry.command)).join("  ")];
    case "select":
      return [
        block.label,
        ...block.options.map(
          (option) => `  ${number(option.label, option.command)}${option.detail ? ` - ${option.detail}` : ""}`,
        ),
      ];
    case "link":
      return [`${block.label}: ${block.url}`];
    case "attribution":
      return [block.url ? `${block.text}: ${block.url}` : block.text];
  }
}

function printable(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, "");
}

function time(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
