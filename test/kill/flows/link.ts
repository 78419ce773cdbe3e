import { linkByPaste } from "../../program/platforms/services.ts";
import type { Deed, Finding, Flow } from "../flow.ts";
import type { Someone } from "../someone.ts";
import type { World } from "../world.ts";

const connected = /Connected to Spotify/;
const card = /You are about to connect your/;
const repetition = /I was interrupted and cannot tell whether you saw this/;
/** People try again, and not for ever. */
const tries = 4;

const linksOf = (world: World, someone: Someone) =>
  world.rows("select status from accounts where person_id = ?", world.personOf(someone));

async function unlinked(world: World, someone: Someone): Promise<void> {
  const { answers } = world.watch(someone);
  await someone.says("unlink");
  await world.until(() => answers().some((text) => /Disconnect Spotify/.test(text)), "the question before unlinking");
  await someone.presses("Disconnect Spotify");
  await world.until(() => answers().some((text) => /receipt/.test(text)), "the receipt");
}

/** A guest asks for a link, agrees in the browser and pastes the address; whatever is cut off, they try again as people do. */
export const link: Flow = {
  name: "link",
  async begin(world, turn): Promise<Deed> {
    const guests = Object.values(world.guests);
    const someone = guests[turn % guests.length];
    if (!someone) throw new Error("there is nobody");
    if (someone.seen().length > 0 && linksOf(world, someone).length > 0) await unlinked(world, someone);
    const { answers } = world.watch(someone);
    /** Of the answers, those with a link: they say how it ended, too. */
    const cards = new Set<number>();
    const found: Finding[] = [];
    const words = () => answers().filter((text, at) => !cards.has(at) && connected.test(text));
    const told = () => words().length > 0;
    /** The address that was pasted last is good for nothing more. */
    let used = someone.link();
    const offered = () => someone.link() !== undefined && someone.link() !== used;
    const paste = async () => {
      for (const [at, text] of answers().entries()) if (card.test(text)) cards.add(at);
      used = someone.link();
      await someone.says(await linkByPaste(world.browser(), used ?? "", someone.account.name, world.local));
    };
    const linked = () => linksOf(world, someone).length > 0;

    return {
      async drive() {
        await someone.says("link");
        await world.until(offered, "a link");
        await paste();
        await world.until(told, "the word that it is linked");
      },
      async settle() {
        for (let attempt = 0; attempt < tries; attempt++) {
          await world.eventually(() => told() || (!linked() && offered()));
          if (told() || linked()) break;
          if (offered()) {
            const from = answers().length;
            await paste();
            await world.eventually(() => told() || answers().length > from);
          } else await someone.says("link");
        }
        await world.eventually(world.idle);
        const rows = linksOf(world, someone);
        const words = answers().join(" | ");
        if (rows.length !== 1 || rows[0]?.status !== "ok")
          found.push({
            kind: told() ? "half done" : "lost",
            what: `${someone.name} has ${JSON.stringify(rows)}: ${words}`,
          });
        else if (!told()) found.push({ kind: "lost", what: `${someone.name} is linked and was never told: ${words}` });
      },
      findings() {
        const given = words();
        const marked = given.filter((text) => repetition.test(text));
        return [
          ...found,
          ...(given.length - marked.length > 1
            ? [
                {
                  kind: "doubled" as const,
                  what: `${someone.name} was told ${given.length} times: ${given.join(" | ")}`,
                },
              ]
            : []),
          ...(marked.length > 0 && given.length > 1
            ? [{ kind: "unconfirmed" as const, what: `${someone.name} was told again, and that it may be so` }]
            : []),
        ];
      },
    };
  },
};
