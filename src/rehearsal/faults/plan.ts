import { createRandom, type Random } from "../random.ts";
import { type Effect, type Fault, type FaultSeed, faultSchema } from "./rule.ts";

/** What a rule may look at. */
interface Target {
  readonly method: string;
  readonly path: string;
  /** The route's name, `/v1/tracks/{id}`. */
  readonly route: string | undefined;
  readonly userId: string | undefined;
  readonly clientId: string | undefined;
}

export interface FaultPlan {
  /** Adds a rule and gives its id; rules are tried in the order they came. */
  add(rule: FaultSeed): string;
  remove(id: string): boolean;
  clear(): void;
  list(): (Fault & { id: string; seen: number; harmed: number })[];
  /** The effect on this call, if any. Counts it. */
  take(target: Target): Effect | undefined;
}

interface Standing {
  readonly rule: Fault;
  readonly path: RegExp | undefined;
  seen: number;
  harmed: number;
}

/** Rules that stand at once. */
const MOST_RULES = 200;

export function createFaultPlan(seed: number): FaultPlan {
  const standing = new Map<string, Standing>();
  let random: Random = createRandom(seed);
  let added = 0;

  return {
    add(given) {
      const rule = faultSchema.parse(given);
      if (standing.size >= MOST_RULES) throw new RangeError(`no more than ${MOST_RULES} fault rules at once`);
      added += 1;
      const id = rule.id ?? `fault-${added}`;
      standing.set(id, {
        rule,
        path: rule.match.path === undefined ? undefined : glob(rule.match.path),
        seen: 0,
        harmed: 0,
      });
      return id;
    },
    remove: (id) => standing.delete(id),
    clear() {
      standing.clear();
      random = createRandom(seed);
    },
    list: () => [...standing].map(([id, { rule, seen, harmed }]) => ({ ...rule, id, seen, harmed })),
    take(target) {
      for (const each of standing.values()) {
        if (!matches(each, target)) continue;
        each.seen += 1;
        const { skip, count, probability, effect } = each.rule;
        if (each.seen <= skip || (count !== null && each.harmed >= count)) continue;
        if (probability < 1 && random() >= probability) continue;
        each.harmed += 1;
        return effect;
      }
      return undefined;
    },
  };
}

function matches({ rule, path }: Standing, target: Target): boolean {
  const { method, userId, clientId } = rule.match;
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (userId !== undefined && userId !== target.userId) return false;
  if (clientId !== undefined && clientId !== target.clientId) return false;
  return path === undefined || path.test(target.path) || (target.route !== undefined && path.test(target.route));
}

function glob(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}
