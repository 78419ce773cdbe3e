import { z } from "zod";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { type CommandInfo, defineSkill } from "../src/contracts/skill.ts";

const maxExamples = 3;

export const skill = defineSkill({
  name: "help",
  intents: { help: z.object({ topic: z.string().trim().min(1).max(300).optional() }) },
  needs: [],
  visibility: "private",

  async run(ctx): Promise<Reply> {
    const { t, args } = ctx;
    const groups = grouped(ctx.commands());
    const topic = args.topic;
    const about = topic === undefined ? undefined : find(groups, topic);
    if (about) return explain(about.title, about.commands, t("try"));

    const heading = t("heading");
    const intro = t("intro", { shared: ctx.music.shared ? "yes" : "no", player: ctx.music.name });
    const lines = topic === undefined ? [intro] : [t("unknown_topic"), intro];
    const blocks: Block[] = [
      { type: "heading", text: heading },
      ...lines.map((text): Block => ({ type: "text", text })),
    ];
    for (const { title, commands } of groups) {
      blocks.push({ type: "text", text: title }, listOf(commands));
      lines.push(`${title}: ${commands.map((command) => command.name).join(", ")}`);
    }
    const buttons = groups.map(({ title }) => button(title, "help", { topic: title }));
    if (buttons.length > 0) blocks.push({ type: "buttons", buttons });
    return say(lines.join("\n"), blocks);
  },
});

type Group = { title: string; commands: CommandInfo[] };

function grouped(commands: CommandInfo[]): Group[] {
  const groups = new Map<string, CommandInfo[]>();
  for (const command of commands) groups.set(command.group, [...(groups.get(command.group) ?? []), command]);
  return [...groups].map(([title, members]) => ({ title, commands: members }));
}

/** A group by its title, else the commands whose name, words or examples hold the topic, the nearest kind first. */
function find(groups: Group[], topic: string): Group | undefined {
  const wanted = topic.toLocaleLowerCase();
  const group = groups.find(({ title }) => title.toLocaleLowerCase() === wanted);
  if (group) return group;
  const commands = groups.flatMap((each) => each.commands);
  const holds = (text: string) => text.toLocaleLowerCase().includes(wanted);
  const found = [
    commands.filter((command) => command.name.toLocaleLowerCase() === wanted),
    commands.filter((command) => holds(command.name) || holds(command.group)),
    commands.filter((command) => holds(command.description) || command.examples.some(holds)),
  ].find((each) => each.length > 0);
  const [first] = found ?? [];
  return found && first ? { title: first.group, commands: found } : undefined;
}

function explain(title: string, commands: CommandInfo[], tryLabel: string): Reply {
  const examples = commands.flatMap((command) => command.examples.slice(0, maxExamples));
  const lines = [title, ...commands.map((command) => `${command.name}: ${command.description}`)];
  const blocks: Block[] = [{ type: "heading", text: title }, listOf(commands)];
  if (examples.length > 0) {
    const said = examples.map((example) => `“${example}”`);
    lines.push(tryLabel, ...said);
    blocks.push(
      { type: "text", text: tryLabel },
      { type: "list", ordered: false, items: said.map((sentence) => ({ title: sentence })) },
    );
  }
  return say(lines.join("\n"), blocks);
}

function listOf(commands: CommandInfo[]): Block {
  return {
    type: "list",
    ordered: false,
    items: commands.map(({ name, description }) => ({ title: name, detail: description })),
  };
}
