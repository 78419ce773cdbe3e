import type { DiaryRow } from "../../contracts/diaries.ts";

/** Keeps people's leave encrypted; what is sealed for one row opens for no other. */
export type DiarySafe = {
  seal(connection: string, secret: string): string;
  /** Raises Unavailable where the keys are not those that it was sealed with: once they are back, it opens. */
  open(connection: Pick<DiaryRow, "id" | "diary">, sealed: string): string;
};
