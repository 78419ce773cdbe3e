import { z } from "zod";
import { type Block, button, type Reply, say } from "../src/contracts/reply.ts";
import { type CommandInfo, defineSkill, type SkillContext, type Translate } from "../src/contracts/skill.ts";

const maxExamples = 3;

const intents = {
  help: z.object({ topic: z.string().trim().min(1).max(300).optional() }),
  "help.hello": z.object({}),
};
type Context = SkillContext<typeof intents>;

/** Who the bot is, to whoever greets it, and what it can do, to whoever asks: a few sections first, the commands of one at a press. */
export const skill = defineSkill({
  name: "help",
  intents,
  needs: [],
  section: "bot",
  visibility: "private",

  async run(ctx): Promise<Reply> {
    if (ctx.intent === "help.hello") return hello(ctx);
    const sections = await sectionsFor(ctx);
    const { topic } = ctx.args;
    if (topic === undefined) return overview(ctx, sections, []);
    const about = find(sections, topic);
    return about ? explain(about, ctx.t) : overview(ctx, sections, [ctx.t("unknown_topic")]);
  },
});

async function hello(ctx: Context): Promise<Reply> {
  const { t, accounts, music, here, person } = ctx;
  const linked = (await accounts.status(person.id)).length > 0;
  const linkable = accounts.linkable().length > 0;
  const where = music.shared ? "shared" : linked ? "linked" : linkable ? "unlinked" : "closed";
  const names = here.players.map(({ name }) => name).join(", ");
  const [first = "", second = "", third = ""] = firstExamples(ctx.commands());
  const lines = [
    t("hello.what"),
    t("hello.where", { where, player: music.shared ? music.name : names === "" ? "none" : names }),
    t("hello.try", { first, second, third }),
  ];
  const buttons = [
    ...(linkable && !linked ? [button(t("button.link"), "account.link", {}, "primary")] : []),
    button(t("button.help"), "help"),
  ];
  return say(lines.join("\n"), [...lines.map((text): Block => ({ type: "text", text })), { type: "buttons", buttons }]);
}

/** A sentence of each of the first groups. */
function firstExamples(commands: CommandInfo[]): string[] {
  const said = new Map<string, string>();
  for (const { group, examples } of commands) {
    const [sentence] = examples;
    if (sentence !== undefined && !said.has(group)) said.set(group, sentence);
  }
  return [...said.values()];
}

function overview({ t, music }: Context, sections: Section[], before: string[]): Reply {
  const intro = [...before, t("intro", { shared: music.shared ? "yes" : "no", player: music.name })];
  const items = sections.map(({ title, groups }) => ({ title, named: groups.map((group) => group.title).join(", ") }));
  const alone = ({ title, named }: { title: string; named: string }) => title === named;
  const lines = [...intro, ...items.map((item) => (alone(item) ? item.title : `${item.title}: ${item.named}`))];
  return say([...lines, t("more")].join("\n"), [
    { type: "heading", text: t("heading") },
    ...intro.map((text): Block => ({ type: "text", text })),
    {
      type: "list",
      ordered: false,
      items: items.map((item) => ({ title: item.title, ...(alone(item) ? {} : { detail: item.named }) })),
    },
    { type: "text", text: t("more") },
    { type: "buttons", buttons: sections.map(({ title }) => button(title, "help", { topic: title })) },
  ]);
}

type Group = { title: string; commands: CommandInfo[] };
type Section = { title: string; groups: Group[] };

/** In the order of their first commands; a group of no section is one by itself. */
async function sectionsFor(ctx: Context): Promise<Section[]> {
  const { t, here, person } = ctx;
  const manages = person.operator || (await here.may("here"));
  const shown = ctx
    .commands()
    .filter(
      ({ shownTo }) =>
        shownTo === undefined || (shownTo === "managers" && manages) || (shownTo === "operator" && person.operator),
    );
  const sections = new Map<string, Map<string, CommandInfo[]>>();
  for (const command of shown) {
    const title = command.section === undefined ? command.group : t(`section.${command.section}`);
    const groups = sections.get(title) ?? new Map<string, CommandInfo[]>();
    sections.set(title, groups.set(command.group, [...(groups.get(command.group) ?? []), command]));
  }
  return [...sections].map(([title, groups]) => ({
    title,
    groups: [...groups].map(([name, commands]) => ({ title: name, commands })),
  }));
}

/** A section or a group by its title, else the commands whose name, words or examples hold the topic, the nearest kind first. */
function find(sections: Section[], topic: string): Section | undefined {
  const wanted = topic.toLocaleLowerCase();
  const groups = sections.flatMap((section) => section.groups);
  const isCalled = ({ title }: { title: string }) => title.toLocaleLowerCase() === wanted;
  const section = sections.find(isCalled);
  if (section) return section;
  // "The queue" is about the queue.
  const isNamed = ({ title }: { title: string }) => ` ${wanted} `.includes(` ${title.toLocaleLowerCase()} `);
  const group = groups.find(isCalled) ?? groups.find(isNamed);
  if (group) return { title: group.title, groups: [group] };
  const commands = groups.flatMap((each) => each.commands);
  const holds = (text: string) => text.toLocaleLowerCase().includes(wanted);
  const found = [
    commands.filter((command) => command.name.toLocaleLowerCase() === wanted),
    commands.filter((command) => holds(command.name) || holds(command.group)),
    commands.filter((command) => holds(command.description) || command.examples.some(holds)),
  ].find((each) => each.length > 0);
  const [first] = found ?? [];
  return found && first ? { title: first.group, groups: [{ title: first.group, commands: found }] } : undefined;
}

function explain({ title, groups }: Section, t: Translate): Reply {
  const lines = [title];
  const blocks: Block[] = [{ type: "heading", text: title }];
  for (const group of groups) {
    if (groups.length > 1) {
      lines.push("", group.title);
      blocks.push({ type: "text", text: group.title });
    }
    lines.push(...group.commands.map(({ name, description }) => `${name}: ${description}`));
    blocks.push({
      type: "list",
      ordered: false,
      items: group.commands.map(({ name, description }) => ({ title: name, detail: description, command: true })),
    });
  }
  // Of one thing everything that shows how it is said; of many, one of each of the first.
  const all = groups.flatMap((group) => group.commands);
  const examples =
    groups.length > 1
      ? firstExamples(all).slice(0, maxExamples)
      : all.flatMap((command) => command.examples.slice(0, maxExamples));
  if (examples.length > 0) {
    const [tryLabel, said] = [t("try"), examples.map((example) => t("example", { say: example }))];
    if (groups.length > 1) lines.push("");
    lines.push(tryLabel, ...said);
    blocks.push(
      { type: "text", text: tryLabel },
      { type: "list", ordered: false, items: said.map((sentence) => ({ title: sentence })) },
    );
  }
  return say(lines.join("\n"), blocks);
}
