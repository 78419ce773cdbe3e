import { randomBytes } from "node:crypto";

/** 128 random bits: an id that cannot be guessed. */
export function newId(): string {
  return randomBytes(16).toString("base64url");
}

export function encode(value: unknown): string {
  return JSON.stringify(value === undefined ? null : value);
}

/** Reads what `encode` wrote. The type is a promise of the one repository that writes the column. */
export function decode<T>(text: string): T {
  return JSON.parse(text) as T;
}

/** Booleans are 0 and 1 in both databases, so that one query layer serves both. */
export function flag(value: boolean): number {
  return value ? 1 : 0;
}

/** Absent in a row of ours is NULL in the table, and the other way round. */
export function orNull<T>(value: T | undefined): T | null {
  return value === undefined ? null : value;
}

export function present<K extends string, T>(key: K, value: T | null): { [P in K]?: T } {
  return (value === null ? {} : { [key]: value }) as { [P in K]?: T };
}
