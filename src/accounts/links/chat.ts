import type { Accounts, LinkProgress } from "../../contracts/accounts.ts";
import type { UserRef } from "../../contracts/incoming.ts";
import type { LinkRow } from "../../contracts/people-store.ts";
import { createAttempts } from "../attempts.ts";
import { createInTurn } from "../in-turn.ts";
import { type Parts, sealing } from "../parts.ts";
import { hashOf, plainCode, sameSecret } from "../random.ts";
import { type Attempt, everyStatus, isOpen, sameUser } from "./attempt.ts";
import { asFailure, notTheirs } from "./failures.ts";
import type { Finish } from "./finish.ts";
import { looksPasted, readPasted } from "./pasted.ts";

const CODE_TRIES = 5;
/** Of pasted addresses and typed codes together, per identity. */
const sendLimit = { tries: 20, withinMs: 10 * 60_000 };

export const confirmHashOf = (linkId: string, code: string): string => hashOf(linkId, plainCode(code));

/** The half of linking that happens in the chat. */
export function createChatSide(
  parts: Parts & { attempt: Attempt; finish: Finish },
): Pick<Accounts, "attach" | "progress" | "finishByPaste" | "confirm" | "isPastedAddress"> {
  const { store, vault, providers, clock, attempt, finish } = parts;
  const sends = createAttempts(clock, sendLimit);
  const inTurn = createInTurn();
  const callbackPaths = [...providers.values()].flatMap(({ linking }) =>
    linking ? [new URL(linking.redirectUri).pathname] : [],
  );
  const keyOf = (user: UserRef) => JSON.stringify([user.platform, user.tenant, user.id]);

  async function tryCode(row: LinkRow, code: string): Promise<LinkProgress> {
    if (row.confirmHash === undefined || row.pendingCode === undefined) return attempt.progress(row);
    if (sameSecret(confirmHashOf(row.id, code), row.confirmHash)) {
      const pending = vault.open(row.pendingCode, sealing.pendingCode(row.id));
      const ended = await finish.withCode(row, ["needs_code"], pending.reveal());
      return attempt.progress(ended ?? (await attempt.latest(row)));
    }
    const tries = row.confirmTries + 1;
    const moved =
      tries >= CODE_TRIES
        ? await attempt.fail(row, ["needs_code"], "wrong_code")
        : await store.links.move(row.id, ["needs_code"], { confirmTries: tries });
    return attempt.progress(moved ?? row, "wrong_code");
  }

  return {
    isPastedAddress: (text) => looksPasted(text, callbackPaths),

    async attach(linkId, sent) {
      await store.links.move(linkId, everyStatus, { sent });
    },

    async progress(linkId) {
      const row = await store.links.get(linkId);
      return row && attempt.progress(row);
    },

    async finishByPaste(user, address) {
      sends.take(keyOf(user));
      const { state, code, error } = readPasted(address);
      const found = state === undefined ? undefined : await store.links.byState(hashOf(state));
      if (!found) throw notTheirs("unknown");
      if (!sameUser(found.user, user)) {
        await store.audit.add({
          at: clock.now(),
          act: "link.wrong_person",
          detail: { linkId: found.id, provider: found.provider, platform: user.platform },
        });
        throw notTheirs("wrong_person");
      }
      const row = await attempt.settle(found);
      if (!isOpen(row)) return attempt.progress(row, row.status === "done" ? "reused" : asFailure(row.failure));
      // The address of the sign-in page itself, or one cut short: nothing is lost, and the words say which one is meant.
      if (code === undefined && error === undefined) return attempt.progress(row);
      if (code === undefined) return attempt.progress(await finish.withError(row, error ?? ""));
      const ended = await finish.withCode(row, ["authorizing", "needs_code"], code);
      return ended ? attempt.progress(ended) : attempt.progress(await attempt.latest(row), "reused");
    },

    async confirm(user, code) {
      sends.take(keyOf(user));
      const person = await store.people.find(user);
      const open = person ? await store.links.openOf(person.id) : [];
      const [first] = open.filter((row) => row.status === "needs_code" && sameUser(row.user, user));
      // Somebody else's code looks no different from a mistyped one, and must not.
      if (!first) throw notTheirs("wrong_code");
      return inTurn(first.id, async () => {
        const now = await store.links.get(first.id);
        if (!now) throw notTheirs("wrong_code");
        const row = await attempt.settle(now);
        return row.status === "needs_code"
          ? tryCode(row, code)
          : attempt.progress(row, row.status === "done" ? "reused" : undefined);
      });
    },
  };
}
