import { expect, it } from "vitest";
import { SegueError } from "../../../src/contracts/errors.ts";
import { ada, createWorld } from "./world.ts";

it("whoever the provider does not let in waits for a place, and the operator is asked in one way only", async () => {
  const waiting: [string, string][] = [];
  const world = await createWorld({ unlisted: async (personId, provider) => void waiting.push([personId, provider]) });
  try {
    world.tunes.fail.identify = new SegueError("Forbidden", { why: "allowlist" });
    const { url } = await world.invite(ada);
    const progress = await world.accounts.finishByPaste(ada, world.tunes.consent(url));
    expect(progress).toMatchObject({ failure: "allowlist" });
    expect(waiting).toEqual([[await world.personOf(ada), "tunes"]]);
    expect(world.happenings.filter(({ type }) => type === "operator.needed")).toEqual([]);
  } finally {
    await world.close();
  }
});
