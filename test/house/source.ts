import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";

export const root = join(import.meta.dirname, "../..");

export type SourceFile = { path: string; text: string };

/** Every TypeScript source file of the program (tests, generated and browser files left out), by path from the root. */
export function sourceFiles(folders = ["src", "skills", "adapters"]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts"))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })),
  );
}

/** What a file imports: paths from the root for its own project, package names otherwise. */
export function importsOf(file: SourceFile): string[] {
  const pattern =
    /(?:^|\n|;)\s*(?:import|export)\s[^;"']*?from\s*["']([^"']+)["']|(?:^|\n|;)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;
  return [...file.text.matchAll(pattern)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? "";
    return name.startsWith(".") ? posix.normalize(posix.join(dirname(file.path), name)) : name;
  });
}

/** The room of a file: the folder that the rules speak of. */
export function roomOf(path: string): string {
  const parts = path.split("/");
  if (parts[0] === "skills") return "skills";
  if (parts[0] === "adapters") return `adapters/${parts[1]}`;
  if (parts[1] === "music" && parts[2] === "providers" && parts.length > 4) return `music/providers/${parts[3]}`;
  return parts.length > 2 ? (parts[1] ?? "") : path;
}
