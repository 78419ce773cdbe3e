import { describe, expect, it } from "vitest";
import { createAccountCache } from "../../../src/accounts/account-cache.ts";
import { ada, createWorld } from "./world.ts";

describe("the account cache", () => {
  it("keeps no row that was read before a write and came after it", async () => {
    const world = await createWorld();
    const accountId = await world.link(ada);
    const personId = await world.personOf(ada);
    const { accounts } = world.store;
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = {
      accounts: {
        ...accounts,
        async ofPerson(id: string) {
          const rows = await accounts.ofPerson(id);
          await held;
          return rows;
        },
      },
    };
    const cache = createAccountCache(slow, world.clock);
    const early = cache.ofPerson(personId);
    await world.clock.advance(1);
    await accounts.setFree(accountId, true);
    cache.forget(personId);
    release();
    expect((await early)[0]?.free).toBe(false);
    expect((await cache.ofPerson(personId))[0]?.free).toBe(true);
    await world.close();
  });

  it("sees what another process wrote after half a minute", async () => {
    const world = await createWorld();
    const accountId = await world.link(ada);
    const cache = createAccountCache(world.store, world.clock);
    expect((await cache.get(accountId))?.free).toBe(false);
    await world.store.accounts.setFree(accountId, true);
    await world.clock.advance(29_000);
    expect((await cache.get(accountId))?.free).toBe(false);
    await world.clock.advance(2_000);
    expect((await cache.get(accountId))?.free).toBe(true);
    await world.close();
  });
});
