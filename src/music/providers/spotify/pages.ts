import type { Page } from "./parse-lists.ts";

/**
 * Reads as many pages as `limit` items need and no more; ends at the last page, and at an empty one whatever it says about
 * a next. `total` is the platform's own count.
 */
export async function collect<T>(
  want: { limit: number; offset?: number | undefined; pageSize: number },
  fetchPage: (limit: number, offset: number) => Promise<Page<T>>,
): Promise<{ items: T[]; total: number }> {
  const items: T[] = [];
  const start = Math.max(0, Math.trunc(want.offset ?? 0));
  let offset = start;
  let total = 0;
  while (offset - start < want.limit) {
    const page = await fetchPage(Math.min(want.pageSize, want.limit - (offset - start)), offset);
    items.push(...page.items);
    total = page.total;
    offset += page.read;
    if (!page.more || page.read === 0) break;
  }
  return { items, total };
}

/** In order, without repeats, in pieces that one call takes. */
export function pieces<T>(values: readonly T[], size: number): T[][] {
  const unique = [...new Set(values)];
  return Array.from({ length: Math.ceil(unique.length / size) }, (_, n) => unique.slice(n * size, (n + 1) * size));
}

/** A whole number within bounds; `fallback` when none was asked for. */
export function bounded(value: number | undefined, fallback: number, max: number): number {
  if (value === undefined || !Number.isFinite(value)) return fallback;
  return Math.min(max, Math.max(1, Math.trunc(value)));
}
