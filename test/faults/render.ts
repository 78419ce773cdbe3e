import type { Cell } from "./cell.ts";
import type { LineCell } from "./line.ts";
import { strikeNames } from "./strikes.ts";

const opening = `# What goes wrong, and what then

Every call that Segue makes of a service meets each of these faults, for as long as it tries. The table is made by the test that does it
(\`test/faults\`, over real sockets) and fails where it is not as the program is; \`npx vitest run test/faults -u\` writes it anew.

- **the person reads**: in quotes, what the chat says; else what becomes of the call.
- **calls**: how often it went out. Each counts in the day's budget. What would do something a second time is sent again only where it surely was not done.
- **kept**: what is remembered beyond the call. A group that is shut stays so through a restart.
`;

const cellOf = (text: string) => text.replaceAll("|", "\\|");

/** Calls of which the same comes are one line. */
function linesOf(cells: readonly Cell[], all: readonly string[]): string[] {
  const groups = new Map<string, { first: Cell; names: string[] }>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.told, cell.sent, cell.kept]);
    const group = groups.get(key) ?? { first: cell, names: [] };
    group.names.push(cell.operation);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ first: { strike, told, sent, kept }, names }) => {
    const others = all.filter((name) => !names.includes(name));
    const some = others.length <= 4 && names.length > 4 ? `all but ${others.join(", ")}` : names.join(", ");
    const which = others.length === 0 ? "every call" : some;
    return `| ${[strike, which, told, String(sent), kept].map(cellOf).join(" | ")} |`;
  });
}

const standing = `
# The connections that stand

By which the platforms tell what is said. A fault that lasts does so for a minute, and somebody speaks to the bot meanwhile; what Discord calls
a heartbeat and Slack a ping comes sooner here. Nothing of it is stored: what was not taken the platform keeps, as long as it does (Discord a few
minutes, Slack three tries within five minutes, Telegram a day).

- **what is said meanwhile**: when it is heard; in no row is anything heard twice.
- **tried again**: the pauses before each attempt that reached somebody, and when it works again.
- **/readyz**: what it says while the connection is away. 200: it never was.
`;

function linesOfLine(cells: readonly LineCell[]): string[] {
  const groups = new Map<string, { first: LineCell; names: string[] }>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.words, cell.tries, cell.ready]);
    const group = groups.get(key) ?? { first: cell, names: [] };
    group.names.push(cell.fault);
    groups.set(key, group);
  }
  return [...groups.values()].map(
    ({ first: { words, tries, ready }, names }) =>
      `| ${[names.join("<br>"), words, tries, ready].map(cellOf).join(" | ")} |`,
  );
}

export function renderLines(cells: readonly LineCell[]): string {
  const services = [...new Set(cells.map(({ service }) => service))].sort();
  const parts = services.map((service) =>
    [
      `\n## ${service}\n`,
      "| fault | what is said meanwhile | tried again | /readyz |",
      "|---|---|---|---|",
      ...linesOfLine(cells.filter((cell) => cell.service === service)),
    ].join("\n"),
  );
  return `${[standing, ...parts].join("\n")}\n`;
}

export function render(cells: readonly Cell[]): string {
  const services = [...new Set(cells.map(({ service }) => service))];
  const parts = services.map((service) => {
    const mine = cells.filter((cell) => cell.service === service);
    const all = [...new Set(mine.map(({ operation }) => operation))];
    const rows = strikeNames.flatMap((strike) =>
      linesOf(
        mine.filter((cell) => cell.strike === strike),
        all,
      ),
    );
    return [
      `\n## ${service}\n`,
      "| fault | call | the person reads | calls | kept |",
      "|---|---|---|---|---|",
      ...rows,
    ].join("\n");
  });
  return `${[opening, ...parts].join("\n")}\n`;
}
