import { createHash } from "node:crypto";
import { type APIMessageTopLevelComponent, MessageFlags, type RawFile } from "discord.js";
import type { Host } from "../../src/contracts/adapter.ts";
import type { Reply } from "../../src/contracts/reply.ts";
import type { Command } from "../../src/contracts/vocabulary.ts";
import { cut } from "../shared/cut.ts";
import { buttonBytes, encode, isOpenWeb } from "./encode.ts";
import { oneLine } from "./escape.ts";
import type { Words } from "./words.ts";

/** A message as it goes out. `allowed_mentions` names nobody: no reply of ours ever calls people. */
export type Outgoing = {
  body: {
    flags: number;
    components: APIMessageTopLevelComponent[];
    allowed_mentions: { parse: [] };
    /** Names every file there is, so that an edit also takes away those of before; a number is a place among `files`. */
    attachments: { id: number | string; filename: string; description: string }[];
  };
  files: RawFile[];
};

const maxPictures = 10;
const maxControls = 100;
const endings: Record<string, string> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/webp": "webp",
  "image/gif": "gif",
};

/** Asks core what buttons travel as, and takes along the pictures that Discord could not fetch by itself. */
export async function prepare(
  reply: Reply,
  host: Pick<Host, "encodeButton" | "picture">,
  words: Words,
  now: number,
): Promise<Outgoing> {
  const commands = commandsOf(reply).slice(0, maxControls);
  const [data, pictures] = await Promise.all([
    Promise.all(commands.map(async (command) => [command, await host.encodeButton(command, buttonBytes)] as const)),
    picturesOf(reply, host),
  ]);
  const images = new Map(pictures.map(({ url, shown }) => [url, shown]));
  // The same picture twice is one file.
  const files = pictures
    .flatMap(({ alt, file }) => (file ? [{ alt, file }] : []))
    .filter(({ file }, at, all) => all.findIndex((other) => other.file.name === file.name) === at);
  return {
    body: {
      flags: MessageFlags.IsComponentsV2,
      components: encode(reply, { words, now, data: new Map<Command, string>(data), images }),
      allowed_mentions: { parse: [] },
      attachments: files.map(({ file, alt }, id) => ({ id, filename: file.name, description: alt })),
    },
    files: files.map(({ file }) => file),
  };
}

function commandsOf(reply: Reply): Command[] {
  return reply.blocks.flatMap((block) => {
    if (block.type === "buttons") return block.buttons.map(({ command }) => command);
    return block.type === "select" ? block.options.map(({ command }) => command) : [];
  });
}

type Shown = { url: string; shown: string; alt: string; file?: RawFile };

async function picturesOf(reply: Reply, host: Pick<Host, "picture">): Promise<Shown[]> {
  const images = reply.blocks.flatMap((block) => (block.type === "image" ? [block] : [])).slice(0, maxPictures);
  const found = await Promise.all(
    images.map(async ({ url, alt }): Promise<Shown | undefined> => {
      const picture = await host.picture(url);
      const ending = picture && endings[picture.mediaType];
      if (!picture || !ending) return isOpenWeb(url) ? { url, alt, shown: url } : undefined;
      // Named after what is in it: the same picture is known again where it lies already.
      const name = `${createHash("sha256").update(picture.bytes).digest("hex").slice(0, 32)}.${ending}`;
      const file = { name, data: Buffer.from(picture.bytes), contentType: picture.mediaType };
      return { url, alt: cut(oneLine(alt), 1_024), shown: `attachment://${name}`, file };
    }),
  );
  return found.filter((each) => each !== undefined);
}
