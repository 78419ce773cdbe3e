import { describe, expect, it } from "vitest";
import { settingsSchema } from "../../src/config.ts";

/** What `.env.example` must hold: each setting with its purpose, commented out, with its default where it has one. */
function exampleOf(): string {
  const lines = Object.entries(settingsSchema.shape).map(([name, schema]) => {
    const standard = schema.safeParse(undefined);
    const value = standard.success && standard.data !== undefined ? String(standard.data) : "";
    return `# ${schema.description}\n#${name}=${value}\n`;
  });
  return `# Settings of Segue. Each may also come from a file: NAME_FILE=/path/to/the/value.\n\n${lines.join("\n")}`;
}

describe(".env.example", () => {
  it("names every setting with its purpose and default, and nothing else (npx vitest run -u test/house writes it)", async () => {
    await expect(exampleOf()).toMatchFileSnapshot("../../.env.example");
  });
});
