import { createArtFetch } from "../../src/net/art.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { silentLog } from "../support/log.ts";
import type { Operation, World } from "./cell.ts";
import { openFront } from "./front.ts";

const { signal } = new AbortController();

export async function openCoverFaults() {
  const front = await openFront({
    upstream: async () => ({ status: 200, headers: { "content-type": "image/png" }, text: "a picture" }),
  });
  type Covers = World & { fetchArt: ReturnType<typeof createArtFetch> };
  const open = (clock: FakeClock): Covers => ({
    gates: [],
    fetchArt: createArtFetch({ origins: [front.url], clock, log: silentLog }),
    close: async () => {},
  });
  const cover: Operation<Covers> = {
    service: "Cover art",
    name: "cover",
    mayWaitMs: 4_000,
    hits: () => true,
    ask: ({ fetchArt }) => fetchArt(`${front.url}/cover`, signal),
    answers: (bytes) => (bytes === undefined ? "the picture is drawn without that cover" : undefined),
  };
  return { front, open, operations: [cover], close: front.close };
}
