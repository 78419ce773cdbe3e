/**
 * What this process waits for and no fake clock moves. A request over loopback may be held back by its server until a later time;
 * a read beside the main thread (`reads`) always ends by itself.
 */
export const inFlight = { count: 0, reads: 0, changes: 0 };

export function begun(): () => void {
  inFlight.count += 1;
  inFlight.changes += 1;
  return () => {
    inFlight.count -= 1;
    inFlight.changes += 1;
  };
}

/** The same object, whose methods are waited for. */
export function watched<T extends object>(target: T): T {
  return new Proxy(target, {
    get(of, name) {
      const value: unknown = Reflect.get(of, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(value, of, args);
        if (!(result instanceof Promise)) return result;
        inFlight.reads += 1;
        return result.finally(() => {
          inFlight.reads -= 1;
          inFlight.changes += 1;
        });
      };
    },
  });
}
