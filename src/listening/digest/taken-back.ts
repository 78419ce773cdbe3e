import type { HistoryDesk, HistoryPart, ListenerKey, Played } from "../../contracts/listening.ts";

/**
 * Told twice, so that no death of the process in between leaves what was made of it standing. `play`: nothing else of theirs
 * is to go.
 */
export type TakenBack = (listener: ListenerKey, moment: "before" | "after", play?: Played) => Promise<void>;

/**
 * A desk that tells when something of a listener is to be seen no more. What can be seen again is in no digest of before: those
 * stay.
 */
export function tellingDesk(
  desk: HistoryDesk,
  takenBack: TakenBack,
  playOf: (listener: ListenerKey, playId: number) => Promise<Played | undefined>,
): HistoryDesk {
  async function telling<T>(listener: ListenerKey, act: () => Promise<T>, part?: HistoryPart): Promise<T> {
    const play = part?.what === "play" ? await playOf(listener, part.playId) : undefined;
    await takenBack(listener, "before", play);
    const done = await act();
    await takenBack(listener, "after", play);
    return done;
  }

  return {
    hide: (listener, part) => telling(listener, () => desk.hide(listener, part), part),
    unhide: (listener, ruleId) => desk.unhide(listener, ruleId),
    rules: (listener) => desk.rules(listener),
    remove: (listener, part) => telling(listener, () => desk.remove(listener, part), part),
    forgetOrigin: (listener, origin) => telling(listener, () => desk.forgetOrigin(listener, origin)),
    forget: (listener) => telling(listener, () => desk.forget(listener)),
  };
}
