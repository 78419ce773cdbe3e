import { z } from "zod";
import type { Accounts } from "../contracts/accounts.ts";
import { createAttempts } from "./attempts.ts";
import { createInTurn } from "./in-turn.ts";
import type { Parts } from "./parts.ts";
import { hashOf, plainCode, sameSecret, shortCode } from "./random.ts";

/** 12 characters, 59 bits: nobody guesses it, whatever identities they make up. */
const CODE_LENGTH = 12;
const OWNER = "instance";
const NAME = "operator-code";
const limit = { tries: 5, withinMs: 15 * 60_000 };

const keptSchema = z.object({ hash: z.string(), untilAt: z.number() });
type Kept = z.output<typeof keptSchema>;

export type OperatorPart = Pick<Accounts, "claimOperator" | "isOperator" | "hasOperator"> & {
  /**
   * The code to print, a new one at each start until somebody has typed it; undefined once there is an operator, and while one
   * that was made to last is in somebody's hands.
   */
  ensureOperatorCode(lastsMs?: number): Promise<string | undefined>;
};

/** Who runs this instance: the first to type the code that only they can have seen. The code itself is stored nowhere. */
export function createOperator({ store, clock, log }: Pick<Parts, "store" | "clock" | "log">): OperatorPart {
  const attempts = createAttempts(clock, limit);
  const inTurn = createInTurn();
  const hasOperator = async () => (await store.people.operators()).length > 0;

  return {
    hasOperator,

    async isOperator(personId) {
      return (await store.people.get(personId))?.operator === true;
    },

    ensureOperatorCode: (lastsMs = 0) =>
      inTurn(NAME, async () => {
        if (await hasOperator()) return undefined;
        const lasting = keptSchema.safeParse(await store.settings.get(OWNER, NAME));
        if (lastsMs === 0 && lasting.success && lasting.data.untilAt > clock.now()) return undefined;
        const code = shortCode(CODE_LENGTH);
        const kept: Kept = { hash: hashOf(NAME, plainCode(code)), untilAt: clock.now() + lastsMs };
        await store.settings.put(OWNER, NAME, kept);
        return code;
      }),

    async claimOperator(personId, code) {
      attempts.take(personId);
      return inTurn(NAME, async () => {
        const expected = keptSchema.safeParse(await store.settings.get(OWNER, NAME));
        const right = expected.success && sameSecret(hashOf(NAME, plainCode(code)), expected.data.hash);
        // The second to type it must not become one, whatever they saw over the first one's shoulder.
        const won = right && !(await hasOperator());
        await store.audit.add({
          at: clock.now(),
          personId,
          act: won ? "operator.claimed" : "operator.refused",
          detail: {},
        });
        if (!won) return false;
        await store.people.setOperator(personId);
        await store.settings.remove(OWNER, NAME);
        log.info({ personId }, "the instance has its operator");
        return true;
      });
    },
  };
}
