import type { Migration } from "../migrate.ts";
import { first } from "./001-first.ts";
import { joins } from "./002-joins.ts";
import { aliasesMisses } from "./003-aliases-misses.ts";
import { viewLeads } from "./004-view-leads.ts";
import { plays } from "./005-plays.ts";
import { imports } from "./006-imports.ts";
import { shares } from "./007-shares.ts";
import { diaries } from "./008-diaries.ts";
import { posts } from "./009-posts.ts";
import { digests } from "./010-digests.ts";
import { refusals } from "./012-refusals.ts";

/** In order. A released one is never changed: a new one comes after it. */
export const migrations: readonly Migration[] = [
  first,
  joins,
  aliasesMisses,
  viewLeads,
  plays,
  imports,
  shares,
  diaries,
  posts,
  digests,
  refusals,
];
