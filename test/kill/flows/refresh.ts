import type { Deed, Finding, Flow } from "../flow.ts";
import type { World } from "../world.ts";

const ended = /has ended\. Connect again|connection to Spotify has ended/i;

/** The service gives out refresh tokens that are good for one use: whoever loses an answer has lost the link. */
export const refresh: Flow = {
  name: "refresh",
  async begin(world: World, turn): Promise<Deed> {
    const all = Object.values(world.people);
    const someone = all[turn % all.length];
    if (!someone) throw new Error("there is nobody");
    const { control } = world.spotify;
    world.hums(someone);
    control.expireAccessTokens(someone.account.id);
    const { answers } = world.watch(someone);
    const given = () =>
      control.calls().filter(({ route, status }) => route === "POST /api/token" && status === 200).length;
    const before = given();
    const text = `volume ${31 + (turn % 40)}`;
    const asked = world.asks(someone, text);
    const found: Finding[] = [];

    return {
      drive: () => asked.drive(),
      async settle() {
        await asked.settle();
        const parked = answers().some((each) => ended.test(each));
        if (answers().length === 0) found.push({ kind: "lost", what: `${someone.name}: "${text}" was never answered` });
        if (parked) {
          // The only copy of the next token was on its way when nobody was there to take it.
          const inTransit = given() > before;
          found.push({
            kind: inTransit ? "unconfirmed" : "lost",
            what: `${someone.name} was told that the link has ended${inTransit ? ": its answer was on its way" : ""}`,
          });
          await world.links(someone);
        }
        const again = world.watch(someone);
        await world.asks(someone, "volume 25").settle();
        if (again.calls("PUT", "/v1/me/player/volume") !== 1)
          found.push({
            kind: "half done",
            what: `${someone.name} is not linked after all: ${again.answers().join(" | ")}`,
          });
      },
      findings: () => found,
    };
  },
};
