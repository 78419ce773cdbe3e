import { describe, expect, it } from "vitest";
import { SegueError } from "../../src/contracts/errors.ts";
import { createLog } from "../../src/log.ts";

function logged(use: (log: ReturnType<typeof createLog>) => void): string {
  const lines: string[] = [];
  use(createLog({ level: "debug", write: (line) => void lines.push(line) }));
  return lines.join("");
}
const secret = "AQBx9-planted-SECRET-77";

describe("the log", () => {
  it.each([
    ["by name", { accessToken: secret }],
    ["deep inside", { a: { b: [{ headers: { Authorization: `Bearer ${secret}` } }] } }],
    ["a code", { code: `${secret}123456` }],
    ["in an address", { url: `https://x.example/cb?code=${secret}&state=${secret}` }],
    ["in an error's message", { error: new Error(`GET /cb?refresh_token=${secret} failed`) }],
    [
      "in an error's own fields",
      { error: Object.assign(new Error("failed"), { config: { headers: { authorization: secret } } }) },
    ],
    ["in a cause", { error: new Error("outer", { cause: new Error(`token=${secret}`) }) }],
  ])("keeps a secret to itself: %s", (_where, fields) => {
    expect(logged((log) => log.error(fields, "something"))).not.toContain(secret);
  });

  it("shows the codes of our errors, and bounds what is long or deep", () => {
    const line = logged((log) =>
      log.warn(
        { code: "NotLinked", error: new SegueError("NotFound", { what: "item" }), long: "x".repeat(9_000) },
        "refused",
      ),
    );
    expect(line).toContain('"code":"NotLinked"');
    expect(line).toContain('"code":"NotFound"');
    expect(line.length).toBeLessThan(8_000);
  });
});
