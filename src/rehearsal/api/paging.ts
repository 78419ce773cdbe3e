import { apiUrl } from "../render/view.ts";
import type { Call } from "./call.ts";
import type { Page } from "./input.ts";

export interface Paged<T> {
  href: string;
  items: T[];
  limit: number;
  next: string | null;
  offset: number;
  previous: string | null;
  total: number;
}

/** The slice of `all` that `page` names, each entry rendered, with addresses of the pages beside it. */
export function paged<A, T>(
  call: Call,
  all: readonly A[],
  page: Page,
  render: (entry: A) => T,
  path = pathOf(call),
): Paged<T> {
  return framed(call, all.slice(page.offset, page.offset + page.limit).map(render), page, all.length, path);
}

/** The same around items that are already cut out. */
export function framed<T>(call: Call, items: T[], page: Page, total: number, path = pathOf(call)): Paged<T> {
  const address = (offset: number) => {
    const query = new URLSearchParams(path === pathOf(call) ? call.exchange.query : undefined);
    query.set("offset", String(offset));
    query.set("limit", String(page.limit));
    return apiUrl(call.view, `${path}?${query}`);
  };
  const { limit, offset } = page;
  return {
    href: address(offset),
    items,
    limit,
    next: limit > 0 && offset + limit < total ? address(offset + limit) : null,
    offset,
    previous: limit > 0 && offset > 0 ? address(Math.max(0, offset - limit)) : null,
    total,
  };
}

/** The request's path below /v1. */
function pathOf(call: Call): string {
  return call.exchange.path.replace(/^\/v1/, "");
}
