import type { Deed, Finding, Flow } from "../flow.ts";
import type { World } from "../world.ts";

const ended = /has ended\. Connect again|connection to Spotify has ended/i;

const answerMs = 100;

/** The service gives out refresh tokens that are good for one use: whoever loses an answer has lost the link. */
export const refresh: Flow = {
  name: "refresh",
  async begin(world: World, turn): Promise<Deed> {
    const all = Object.values(world.people);
    const someone = all[turn % all.length];
    if (!someone) throw new Error("there is nobody");
    const { control } = world.spotify;
    world.hums(someone);
    control.change({ tokens: { newRefreshToken: "rotate" } });
    control.expireAccessTokens(someone.account.id);
    const { answers } = world.watch(someone);
    const given = () =>
      control.calls().filter(({ route, status }) => route === "POST /api/token" && status === 200).length;
    /** Each token that was given out and kept makes one more. */
    const kept = () => Number(world.rows("select sum(version) as kept from accounts")[0]?.kept);
    const before = { given: given(), kept: kept() };
    /** The only copy of the next token was on its way when nobody was there to take it. */
    let lostOnItsWay = false;
    const text = `volume ${31 + (turn % 40)}`;
    const asked = world.asks(someone, text);
    const found: Finding[] = [];
    const volume = async () => {
      const watched = world.watch(someone);
      await world.asks(someone, "volume 25").settle();
      return watched;
    };

    return {
      drive: () => asked.drive(),
      async died() {
        // The service may still be giving it out.
        await world.pause(answerMs);
        lostOnItsWay ||= given() - before.given > kept() - before.kept;
      },
      async settle() {
        await asked.settle();
        const first = answers();
        if (first.length === 0) found.push({ kind: "lost", what: `${someone.name}: "${text}" was never answered` });
        let again = await volume();
        if ([...first, ...again.answers()].some((each) => ended.test(each))) {
          found.push({
            kind: lostOnItsWay ? "unconfirmed" : "lost",
            what: `${someone.name} was told that the link has ended${lostOnItsWay ? ": the next token was on its way" : ""}`,
          });
          await world.links(someone);
          again = await volume();
        }
        // What was asked for without a link is done once there is one, and asked for again.
        if (again.calls("PUT", "/v1/me/player/volume") === 0)
          found.push({
            kind: "half done",
            what: `${someone.name} is not linked after all: ${[...first, ...again.answers()].join(" | ")}`,
          });
        control.change({ tokens: { newRefreshToken: "never" } });
      },
      findings: () => found,
    };
  },
};
