import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadSkills } from "../../../src/core/registry.ts";
import { startConversation } from "../../support/conversation.ts";
import { createScriptedAccounts } from "../../support/scripted-accounts.ts";
import { createScriptedLanguage } from "../../support/scripted-language.ts";
import { createScriptedOrchestrator, createWorld, track } from "../../support/scripted-music.ts";

const root = join(import.meta.dirname, "../../..");
const template = join(root, "docs/templates/skill");

/** A checkout in which the template has been copied to where the guide says. */
const checkout = mkdtempSync(join(tmpdir(), "segue-template-"));
mkdirSync(join(checkout, "skills"));
for (const name of ["src", "node_modules"]) symlinkSync(join(root, name), join(checkout, name));
writeFileSync(join(checkout, "package.json"), '{"type":"module"}');
cpSync(join(template, "remaining.ts"), join(checkout, "skills/remaining.ts"));
afterAll(() => rmSync(checkout, { recursive: true, force: true }));

describe("the skill that the guide offers to copy", () => {
  it("compiles where it is copied to", () => {
    const config = { extends: join(root, "tsconfig.json"), include: ["skills"], exclude: [] };
    writeFileSync(join(checkout, "tsconfig.json"), JSON.stringify(config));
    const tsc = spawnSync(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), "--noEmit", "-p", checkout],
      { encoding: "utf8" },
    );
    expect(tsc.stdout).toBe("");
    expect(tsc.status).toBe(0);
  });

  it("answers in its words", async () => {
    const [skill] = await loadSkills(join(checkout, "skills"));
    if (!skill) throw new Error("the template exports no skill");
    const world = createWorld();
    const { user } = await startConversation({
      language: createScriptedLanguage(() => undefined),
      orchestrator: () => createScriptedOrchestrator(world),
      accounts: ({ events }) => createScriptedAccounts(events, { linked: true }),
      only: [],
      extra: [{ skill, words: JSON.parse(readFileSync(join(template, "remaining.json"), "utf8")) }],
    });
    const ann = user("ann");
    expect((await ann.sends("remaining.query"))?.text).toBe("Nothing is playing right now. Tell me what to play.");
    world.state = {
      at: 0,
      playing: true,
      progressMs: 135_000,
      item: track("Hello"),
      shuffle: false,
      repeat: "off",
      refused: [],
    };
    expect((await ann.sends("remaining.query"))?.text).toBe("1 minute and 5 seconds to go.");
    expect((await ann.presses("In percent"))?.text).toBe("33 % to go.");
    expect((await ann.sends("remaining.query", { unit: "miles" }))?.text).toMatch(/^“miles” is not something I know/);
  });
});
