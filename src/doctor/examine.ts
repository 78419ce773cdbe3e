import type { Check, Checker } from "../contracts/checks.ts";
import type { Clock } from "../contracts/clock.ts";

const DEADLINE_MS = 10_000;

/** Runs all at once and gives their lines in order. A checker that fails or takes too long is a failed line of its own. */
export async function examine(parts: readonly { name: string; check: Checker }[], clock: Clock): Promise<Check[]> {
  const lines = await Promise.all(parts.map((part) => examineOne(part, clock)));
  return lines.flat();
}

async function examineOne({ name, check }: { name: string; check: Checker }, clock: Clock): Promise<Check[]> {
  const deadline = new AbortController();
  const late = clock.sleep(DEADLINE_MS, deadline.signal).then(
    (): Check[] => [
      {
        name,
        status: "failed",
        found: `no answer within ${DEADLINE_MS / 1000} s`,
        todo: "Check the network between this machine and it (firewall, proxy, DNS), and try again.",
      },
    ],
    (): Check[] => [],
  );
  const found = check(deadline.signal).catch((error: unknown): Check[] => [
    {
      name,
      status: "failed",
      found: reasonOf(error),
      todo: "Check the network between this machine and it (firewall, proxy, DNS), and try again.",
    },
  ]);
  try {
    return await Promise.race([found, late]);
  } finally {
    deadline.abort();
  }
}

/** The code of a network fault, which sits at the bottom of the causes; never an address with what it carries. */
export function reasonOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string" && /^[A-Z_]+$/.test(at.code)) return `no connection (${at.code})`;
  }
  return "no answer that could be read";
}

const signs: Record<Check["status"], string> = { ok: "✓", warning: "!", failed: "✗" };

/** One line per check, and under it what to do. */
export function print(checks: readonly Check[]): string {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks
    .flatMap(({ name, status, found, todo }) => [
      `${signs[status]} ${name.padEnd(width)}  ${found}`,
      ...(todo === undefined || status === "ok" ? [] : [`  ${" ".repeat(width)}  → ${todo}`]),
    ])
    .join("\n");
}
