import { openStore } from "../../../src/store/open.ts";
import { silentLog } from "../../support/log.ts";

/**
 * Accepts events as fast as it can and prints each key only once the store has acknowledged it, until it is killed. Its
 * argument is the database to write to.
 */
const clock = { now: () => Date.now(), sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)) };
const store = await openStore({ url: process.argv[2] ?? "", clock, log: silentLog });
const place = { platform: "web", tenant: "", id: "room" };
for (let index = 0; ; index++) {
  const key = `${process.pid}-${index}`;
  const row = await store.events.accept(
    {
      key,
      place,
      user: place,
      userName: "Ada",
      addressed: true,
      direct: true,
      local: true,
      at: 1,
      type: "text",
      text: "hi",
    },
    { untilAt: 1, owner: "child" },
  );
  const id = row?.id ?? "";
  await store.events.plan(id, [{ intent: "help", slots: {} }]);
  await store.events.begin(id);
  await store.events.advance(id, { kind: "answer", visibility: "private", text: key, blocks: [] });
  process.stdout.write(`${key}\n`);
}
