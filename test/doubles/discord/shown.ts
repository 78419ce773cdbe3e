import type { Component } from "./check-message.ts";

/** What a person reads of components: Markdown's signs are gone, what is escaped stands there as it is. */
export function shown(components: readonly Component[]): string {
  return components.map(lines).join("\n");
}

function lines(component: Component): string {
  switch (component.type) {
    case 17:
      return shown(component.components);
    case 10:
      return markdown(component.content);
    case 9:
      return [
        shown(component.components),
        component.accessory.type === 11 ? (component.accessory.description ?? "") : component.accessory.label,
      ].join("\n");
    case 12:
      return component.items.map((item) => item.description ?? "").join("\n");
    case 1:
      return component.components
        .map((each) =>
          each.type === 3
            ? [each.placeholder, ...each.options.map((option) => `${option.label} ${option.description ?? ""}`)].join(
                "\n",
              )
            : `[${each.label}]`,
        )
        .join(" ");
    case 13:
      return component.file.url.replace("attachment://", "");
    case 14:
      return "";
  }
}

/** Enough of Discord's Markdown to see what was meant as words and what as signs. */
export function markdown(text: string): string {
  const kept: string[] = [];
  const hidden = text.replace(/\\([^0-9A-Za-z\s])/g, (_all, sign: string) => `\uE000${kept.push(sign) - 1}\uE001`);
  return hidden
    .replace(/^(#{1,3}|-#|>) /gm, "")
    .replace(/\[([^\]]*)\]\(<?[^)]*>?\)/g, "$1")
    .replace(/<?(https?:\/\/[^\s>]+)>?/g, "(link: $1)")
    .replace(/\*\*([^*]*)\*\*/g, "$1")
    .replace(/[*_`~|]/g, "")
    .replace(/@everyone|@here|<@[!&]?\d+>|<#\d+>/g, (call) => `(called: ${call})`)
    .replace(/\uE000(\d+)\uE001/g, (_all, at: string) => kept[Number(at)] ?? "");
}
