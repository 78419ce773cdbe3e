/**
 * What one run of the program holds on to, and may lose hold of: after `end`, as after kill -9, nothing that it was about to do
 * happens any more, and nothing that it waits for ever comes. What others have of it (rows, the service) stays.
 */
export interface Life {
  /** The same object, through whose methods this life acts on the world. `slow`: its acts may wait for time to go on. */
  hold<T extends object>(outside: T, slow?: "slow"): T;
  /** Acts under way that are not slow: while there are any, time must not go on. */
  underWay(): number;
  end(): void;
}

export function createLife(): Life {
  let alive = true;
  let underWay = 0;
  const never = () => new Promise<never>(() => {});

  function hold<T extends object>(outside: T, slow?: "slow"): T {
    const weight = slow ? 0 : 1;
    return new Proxy(outside, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value === "object" && value !== null) return hold(value, slow);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (!alive) return never();
          const result: unknown = Reflect.apply(value, target, given);
          if (!(result instanceof Promise)) return result;
          underWay += weight;
          return result.then(
            (answer: unknown) => {
              underWay -= weight;
              return alive ? answer : never();
            },
            (error: unknown) => {
              underWay -= weight;
              if (alive) throw error;
              return never();
            },
          );
        };
      },
    });
  }

  return {
    hold,
    underWay: () => underWay,
    end() {
      alive = false;
    },
  };
}
