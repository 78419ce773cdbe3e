/** Markup that may be put into a page as it is. Only `html` makes it. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

export type Child = Html | string | number | undefined | false | readonly Child[];

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}

function render(child: Child): string {
  if (child === undefined || child === false) return "";
  if (child instanceof Html) return child.markup;
  if (typeof child === "object") return child.map(render).join("");
  return escapeHtml(String(child));
}

/** Everything put in is escaped, in text and in quoted attributes, unless `html` itself made it. */
export function html(strings: TemplateStringsArray, ...children: Child[]): Html {
  return new Html(strings.reduce((page, string, index) => page + render(children[index - 1]) + string));
}
