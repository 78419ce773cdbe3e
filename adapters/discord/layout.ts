import {
  type APIButtonComponent,
  type APIComponentInContainer,
  type APIMessageTopLevelComponent,
  type APIStringSelectComponent,
  ComponentType,
} from "discord.js";

/** What a reply is made of before it is arranged. */
export type Part =
  | { kind: "text"; text: string; fit: (room: number) => string }
  | { kind: "image"; url: string; alt: string; large: boolean }
  | { kind: "row"; buttons: APIButtonComponent[] }
  | { kind: "select"; select: APIStringSelectComponent };

/** https://docs.discord.com/developers/components/reference: with every nested one, and over all texts. */
const maxComponents = 40;
const maxCharacters = 4_000;
const perRow = 5;
const textsPerSection = 3;
const imagesPerGallery = 10;

/**
 * Components in the order of the parts: what is only text stands free, everything else in a container. A picture stands
 * beside the words before or after it. Where there are too many components, texts are joined, then pictures left out, then
 * the last controls; texts that are too long in all are cut, the longest first.
 */
export function arrange(parts: readonly Part[], accent: number | undefined): APIMessageTopLevelComponent[] {
  let fitted = fitTexts(joinRows(parts));
  let inside = compose(fitted);
  for (const shrink of [joinTexts, withoutImages]) {
    if (1 + count(inside) <= maxComponents) break;
    fitted = shrink(fitted);
    inside = compose(fitted);
  }
  while (1 + count(inside) > maxComponents) inside = inside.slice(0, -1);
  const onlyText = inside.every((component) => component.type === ComponentType.TextDisplay);
  if (onlyText && accent === undefined) return inside;
  return [
    { type: ComponentType.Container, components: inside, ...(accent === undefined ? {} : { accent_color: accent }) },
  ];
}

/** Buttons that follow each other share rows of five. */
function joinRows(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === "row" && last?.kind === "row") joined[joined.length - 1] = merge(last, part);
    else joined.push(part);
  }
  return joined;
}

function merge(a: Extract<Part, { kind: "row" }>, b: Extract<Part, { kind: "row" }>): Part {
  return { kind: "row", buttons: [...a.buttons, ...b.buttons] };
}

/** Every text gets the same room at most, as much as makes all of them fit. */
function fitTexts(parts: readonly Part[]): Part[] {
  const lengths = parts.flatMap((part) => (part.kind === "text" ? [part.text.length + 1] : [])).sort((a, b) => a - b);
  let room = maxCharacters;
  let cap = maxCharacters;
  for (const [index, length] of lengths.entries()) {
    cap = Math.floor(room / (lengths.length - index));
    if (length > cap) break;
    room -= length;
  }
  const limit = Math.max(2, cap - 1);
  return parts.flatMap((part) => {
    if (part.kind !== "text" || part.text.length <= limit) return [part];
    const text = part.fit(limit).slice(0, limit);
    return [{ ...part, text }];
  });
}

function joinTexts(parts: readonly Part[]): Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === "text" && last?.kind === "text")
      joined[joined.length - 1] = { ...last, text: `${last.text}\n${part.text}` };
    else joined.push(part);
  }
  return joined;
}

function withoutImages(parts: readonly Part[]): Part[] {
  return joinTexts(parts.filter((part) => part.kind !== "image"));
}

function compose(parts: readonly Part[]): Exclude<APIComponentInContainer, { type: ComponentType.File }>[] {
  const out: Exclude<APIComponentInContainer, { type: ComponentType.File }>[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at];
    if (!part) continue;
    if (part.kind === "text") out.push({ type: ComponentType.TextDisplay, content: part.text });
    else if (part.kind === "select") out.push({ type: ComponentType.ActionRow, components: [part.select] });
    else if (part.kind === "row") {
      for (let from = 0; from < part.buttons.length; from += perRow)
        out.push({ type: ComponentType.ActionRow, components: part.buttons.slice(from, from + perRow) });
    } else {
      const texts = part.large ? [] : following(parts, at + 1);
      const before = out.at(-1);
      const under = !part.large && before?.type === ComponentType.TextDisplay;
      const beside = texts.length > 0 ? texts : under ? [out.pop()].flatMap(asText) : [];
      if (beside.length > 0) {
        out.push({
          type: ComponentType.Section,
          components: beside,
          accessory: { type: ComponentType.Thumbnail, ...picture(part) },
        });
        at += texts.length;
      } else if (before?.type === ComponentType.MediaGallery && before.items.length < imagesPerGallery)
        before.items.push(picture(part));
      else
        out.push({
          type: ComponentType.MediaGallery,
          items: [picture(part)],
        });
    }
  }
  return out;
}

function picture({ url, alt }: Extract<Part, { kind: "image" }>) {
  return { media: { url }, ...(alt ? { description: alt } : {}) };
}

type TextDisplay = { type: ComponentType.TextDisplay; content: string };

function asText(component: APIComponentInContainer | undefined): TextDisplay[] {
  return component?.type === ComponentType.TextDisplay ? [component] : [];
}

function following(parts: readonly Part[], from: number): TextDisplay[] {
  const texts: TextDisplay[] = [];
  for (let at = from; at < parts.length && texts.length < textsPerSection; at++) {
    const part = parts[at];
    if (part?.kind !== "text") break;
    texts.push({ type: ComponentType.TextDisplay, content: part.text });
  }
  return texts;
}

function count(components: readonly APIComponentInContainer[]): number {
  return components.reduce((sum, component) => {
    if (component.type === ComponentType.ActionRow) return sum + 1 + component.components.length;
    if (component.type === ComponentType.Section) return sum + 2 + component.components.length;
    return sum + 1;
  }, 0);
}
