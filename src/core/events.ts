import type { Events, Happening } from "../contracts/events.ts";
import type { Log } from "../contracts/log.ts";

/** Tells listeners in the order they came; one that throws or rejects is logged and disturbs nobody. */
export function createEvents(log: Log): Events {
  const listeners = new Map<Happening["type"], Set<(happening: never) => void | Promise<void>>>();
  return {
    emit(happening) {
      for (const listener of [...(listeners.get(happening.type) ?? [])]) {
        // Each set holds listeners of its own type only, which `on` has checked.
        const call = async () => (listener as (happening: Happening) => void | Promise<void>)(happening);
        call().catch((error: unknown) => log.error({ error, happening: happening.type }, "a listener failed"));
      }
    },
    on(type, listener) {
      const set = listeners.get(type) ?? new Set();
      listeners.set(type, set.add(listener));
      return () => set.delete(listener);
    },
  };
}
