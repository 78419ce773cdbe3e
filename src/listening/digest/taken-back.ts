import type { HistoryDesk, ListenerKey } from "../../contracts/listening.ts";

/** Told twice, so that no death of the process in between leaves what was made of it standing. */
export type TakenBack = (listener: ListenerKey, moment: "before" | "after") => Promise<void>;

/**
 * A desk that tells when something of a listener is to be seen no more. What can be seen again is in no digest of before: those
 * stay.
 */
export function tellingDesk(desk: HistoryDesk, takenBack: TakenBack): HistoryDesk {
  async function telling<T>(listener: ListenerKey, act: () => Promise<T>): Promise<T> {
    await takenBack(listener, "before");
    const done = await act();
    await takenBack(listener, "after");
    return done;
  }

  return {
    hide: (listener, part) => telling(listener, () => desk.hide(listener, part)),
    unhide: (listener, ruleId) => desk.unhide(listener, ruleId),
    rules: (listener) => desk.rules(listener),
    remove: (listener, part) => telling(listener, () => desk.remove(listener, part)),
    forgetOrigin: (listener, origin) => telling(listener, () => desk.forgetOrigin(listener, origin)),
    forget: (listener) => telling(listener, () => desk.forget(listener)),
  };
}
