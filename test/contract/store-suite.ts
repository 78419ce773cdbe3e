import { afterAll, beforeAll } from "vitest";
import { callSuite } from "./store-calls-suite.ts";
import { cardsSuite } from "./store-cards-suite.ts";
import { diariesSuite } from "./store-diaries-suite.ts";
import { digestsSuite } from "./store-digests-suite.ts";
import { erasuresSuite } from "./store-erasures-suite.ts";
import { eventSuite } from "./store-events-suite.ts";
import { importsSuite } from "./store-imports-suite.ts";
import { joinSuite } from "./store-joins-suite.ts";
import { peopleSuite } from "./store-people-suite.ts";
import { playSuite } from "./store-plays-suite.ts";
import { queueSuite } from "./store-queue-suite.ts";
import type { OpenedStores, Stores } from "./store-rows.ts";
import { sealedSuite } from "./store-sealed-suite.ts";
import { sharesSuite } from "./store-shares-suite.ts";
import { wordsSuite } from "./store-words-suite.ts";

/** What every database under the contract of Store must do. */
export function storeSuite(open: () => Promise<OpenedStores>): void {
  let opened: OpenedStores;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(async () => opened?.close());
  const stores: Stores = {
    get store() {
      return opened.one;
    },
    get other() {
      return opened.two;
    },
    get clock() {
      return opened.clock;
    },
    dump: () => opened.dump(),
  };
  eventSuite(stores);
  peopleSuite(stores);
  joinSuite(stores);
  queueSuite(stores);
  callSuite(stores);
  wordsSuite(stores);
  sealedSuite(stores);
  sharesSuite(stores);
  cardsSuite(stores);
  erasuresSuite(stores);
  digestsSuite(stores);
  playSuite(stores);
  importsSuite(stores);
  diariesSuite(stores);
}
