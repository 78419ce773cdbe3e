import type { Store } from "../../src/contracts/store.ts";

/** Where a process dies: at the `at`th call (from 0), either before it does anything or after it did and before it says so. */
export type Crash = { at: number; moment: "before" | "after" };

export type CrashingStore = {
  store: Store;
  /** Calls made so far, by name. */
  calls: string[];
  /** Resolves at the moment of death. */
  died: Promise<void>;
};

/**
 * A store whose process is killed at one call: from then on nothing that it was asked ever comes back, as after kill -9.
 * Without `crash` it only counts.
 */
export function crashingStore(store: Store, crash?: Crash): CrashingStore {
  const calls: string[] = [];
  let dead = false;
  let die = () => {};
  const died = new Promise<void>((resolve) => {
    die = () => {
      dead = true;
      resolve();
    };
  });
  const never = new Promise<never>(() => {});

  const wrap = <T extends object>(part: T, name: string): T =>
    new Proxy(part, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (typeof value === "object" && value !== null) return wrap(value, String(property));
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          if (dead) return never;
          const mine = crash?.at === calls.length;
          calls.push(`${name}.${String(property)}`);
          if (mine && crash?.moment === "before") {
            die();
            return never;
          }
          const result: unknown = await value.apply(target, args);
          if (mine) die();
          return dead ? never : result;
        };
      },
    });
  return { store: wrap(store, "store"), calls, died };
}
