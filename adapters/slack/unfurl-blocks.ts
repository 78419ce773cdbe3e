import type { KnownBlock, RichTextBlock, RichTextSection, SectionBlock } from "@slack/types";
import { cut } from "../shared/cut.ts";
import { kit } from "./limits.ts";
import { dateMark, linkMark, unmarked } from "./text.ts";

/**
 * Blocks as chat.unfurl takes them: it answers `rich_text` with invalid_blocks
 * (https://github.com/slackapi/java-slack-sdk/issues/948). Words become plain sections; where a line holds an address with a
 * name or a moment, its section is marked up, and everything else is said so that nothing in it acts.
 */
export function withoutRichText(blocks: readonly KnownBlock[]): KnownBlock[] {
  return blocks.flatMap((block) => (block.type === "rich_text" ? sections(block) : [block]));
}

type Line = { plain: string; marked: string };

function sections(block: RichTextBlock): SectionBlock[] {
  const lines = block.elements.flatMap((element): Line[] => {
    if (element.type === "rich_text_section") return [lineOf(element, "")];
    if (element.type !== "rich_text_list") return [];
    return element.elements.flatMap((item, at) =>
      item.type === "rich_text_section" ? [lineOf(item, element.style === "ordered" ? `${at + 1}. ` : "• ")] : [],
    );
  });
  const linked = lines.some(({ plain, marked }) => marked !== unmarked(plain) && marked.length <= kit.section);
  const said = lines.map(({ plain, marked }) => {
    if (!linked) return cut(plain, kit.section);
    // An address so long that its line does not fit is left out; so are moments then.
    return marked.length <= kit.section ? marked : cut(unmarked(plain), kit.section);
  });
  return filled(said).map((text) => ({
    type: "section",
    text: linked ? { type: "mrkdwn", text, verbatim: true } : { type: "plain_text", text, emoji: false },
  }));
}

function lineOf({ elements }: RichTextSection, lead: string): Line {
  const line = { plain: lead, marked: lead };
  for (const element of elements) {
    if (element.type === "date") {
      const fallback = element.fallback ?? "";
      line.plain += fallback;
      line.marked += dateMark({ ...element, fallback });
    }
    if (element.type !== "text" && element.type !== "link") continue;
    const text = element.text ?? "";
    line.plain += text;
    line.marked += element.type === "link" ? linkMark(element.url, text) : unmarked(text);
  }
  return line;
}

/** As few texts as the lines fit into. */
function filled(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= kit.section)
      texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts.map((text) => text.trimEnd()).filter((text) => text !== "");
}
