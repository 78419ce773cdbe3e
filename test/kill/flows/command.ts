import type { Deed, Finding, Flow } from "../flow.ts";
import type { Someone } from "../someone.ts";
import { isSign, type World } from "../world.ts";

/** What nobody can know is told in these words (locales/en/core.json). */
const repetition = /I was interrupted and cannot tell whether you saw this/;
const unknown = /cannot tell whether it took effect/;

type Wish = {
  text: string;
  /** How often it took effect. */
  effects(): number;
};

function wishes(world: World, someone: Someone, calls: (method: string, path: string) => number): Wish[] {
  const { id } = someone.account;
  const volume = () =>
    world.spotify.control.devices.list(id).find(({ name }) => name === someone.device)?.volumePercent ?? 0;
  const before = volume();
  const up = before <= 50;
  const song = world.song();
  const queued = () =>
    world.rows("select 1 from queue where uri = ? and added_by = ?", song.uri, world.personOf(someone)).length;
  const stood = queued();
  return [
    // It waits with us, or was handed over and is forgotten once it was heard.
    { text: `queue ${song.url}`, effects: () => Math.max(queued() - stood, calls("POST", "/v1/me/player/queue")) },
    { text: up ? "louder" : "quieter", effects: () => (up ? volume() - before : before - volume()) / 10 },
    { text: "next", effects: () => calls("POST", "/v1/me/player/next") },
    { text: `play ${song.url}`, effects: () => calls("PUT", "/v1/me/player/play") },
  ];
}

function one(world: World, someone: Someone, turn: number) {
  world.hums(someone);
  const { answers, calls } = world.watch(someone);
  const all = wishes(world, someone, calls);
  const wish = all[turn % all.length];
  if (!wish) throw new Error("there is no wish");
  const asked = world.asks(someone, wish.text);
  const who = `${someone.name}: "${wish.text}"`;
  let effects = 0;

  return {
    drive: asked.drive,
    async settle() {
      await asked.settle();
      effects = wish.effects();
    },
    findings(): Finding[] {
      const given = answers().filter((text) => !isSign(text));
      const signs = answers().length - given.length;
      const marked = given.filter((text) => repetition.test(text)).length;
      const told = given.some((text) => unknown.test(text));
      const words = given.join(" | ");
      const found = (is: boolean, kind: Finding["kind"], what: string): Finding[] => (is ? [{ kind, what }] : []);
      return [
        ...found(given.length === 0, "lost", `${who} was never answered`),
        ...found(effects < 1 && !told, "lost", `${who} had no effect: ${words}`),
        ...found(effects > 1, "doubled", `${who} took effect ${effects} times: ${words}`),
        ...found(given.length - marked > 1, "doubled", `${who} was answered ${given.length} times: ${words}`),
        ...found(marked > 0 && given.length > 1, "unconfirmed", `${who}: the answer came again, and said so`),
        ...found(
          signs > 0,
          "unconfirmed",
          `${who}: a sign of life that nobody could find again stays beside the answer`,
        ),
        ...found(told, "unconfirmed", `${who}: told that nobody knows`),
      ];
    },
  };
}

/** Three people on three platforms, each with an account of their own, say something at once. */
export const command: Flow = {
  name: "command",
  async begin(world, turn): Promise<Deed> {
    const all = Object.values(world.people).map((someone, at) => one(world, someone, turn + at));
    return {
      drive: async () => void (await Promise.all(all.map(({ drive }) => drive()))),
      settle: async () => void (await Promise.all(all.map(({ settle }) => settle()))),
      findings: () => all.flatMap(({ findings }) => findings()),
    };
  },
};
