import { renameSync, rmSync, writeFileSync } from "node:fs";

const ownerOnly = 0o600;

/** Readable for its owner alone, and surely on disk once this returns. Of a write that fails nothing is left. */
export function writeDraft(draft: string, text: string): void {
  try {
    writeFileSync(draft, text, { mode: ownerOnly, flush: true });
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/**
 * Puts the text in the place of what the file holds: a crash leaves the old file or the new one. It is written whole as the
 * draft, which stands in the same folder, and `prepare` sees that before it takes the name.
 */
export function replaceFile(
  path: string,
  text: string,
  { draft, prepare }: { draft: string; prepare?: (draft: string) => void },
): void {
  writeDraft(draft, text);
  try {
    prepare?.(draft);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
