import { createSecretKey, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createVault, type Key, type KeyRing } from "../../../src/accounts/vault.ts";
import { VaultError } from "../../../src/accounts/vault-error.ts";
import type { Purpose } from "../../../src/contracts/sealed.ts";

const key = (id: string): Key => ({ id, key: createSecretKey(randomBytes(32)) });
const purpose = ["accounts", "access_token", "tunes", "ada"] as const;

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof VaultError) return error.code;
    throw error;
  }
  return "opened";
}

describe("the vault", () => {
  it("gives back what it sealed, whatever it was", () => {
    const vault = createVault([key("a")]);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.nat(0x10_ff_ff).map((code) => String.fromCodePoint(code)), maxLength: 500 }),
        fc.string(),
        (value, row) => {
          const text = value.toWellFormed();
          const at = ["links", "verifier", row] as const;
          expect(vault.open(vault.seal(text, at), at).reveal()).toBe(text);
        },
      ),
    );
  });

  it("never seals the same way twice, and shows nothing of what it sealed", () => {
    const vault = createVault([key("a")]);
    const sealed = [vault.seal("planted-secret", purpose), vault.seal("planted-secret", purpose)];
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const text of sealed) {
      expect(text).toMatch(/^v1\.a\./);
      expect(Buffer.from(text.split(".")[2] ?? "", "base64url").toString("latin1")).not.toContain("planted");
    }
  });

  it("opens only in its own table, column and row", () => {
    const vault = createVault([key("a")]);
    const sealed = vault.seal("s", purpose);
    const others = [
      ["links", "verifier", "tunes"],
      ["accounts", "refresh_token", "tunes", "ada"],
      ["accounts", "access_token", "tunes", "eve"],
      ["accounts", "access_token", "tunes,ada", ""],
      ["accounts", "access_token", "tune", "sada"],
    ] as const;
    for (const other of others) expect(codeOf(() => vault.open(sealed, other))).toBe("wrong_key");
  });

  it("does not seal for a column that a rotation would not find", () => {
    // @ts-expect-error such a column is not among `sealedColumns`
    const unknown: Purpose = ["people", "secret", "1"];
    expect(unknown).toHaveLength(3);
  });

  it("finds any changed bit", () => {
    const vault = createVault([key("a")]);
    const bytes = Buffer.from(vault.seal("secret", purpose).slice("v1.a.".length), "base64url");
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(codeOf(() => vault.open(`v1.a.${changed.toString("base64url")}`, purpose))).toBe("wrong_key");
    }
  });

  it("tells a missing key from a changed one, and from what is no sealed text at all", () => {
    const old = key("old");
    const sealed = createVault([old]).seal("s", purpose);
    expect(codeOf(() => createVault([key("new")]).open(sealed, purpose))).toBe("unknown_key");
    expect(codeOf(() => createVault([key("old")]).open(sealed, purpose))).toBe("wrong_key");
    for (const junk of [
      "",
      "s",
      "v1.old.",
      "v2.old.AAAA",
      "v1.old.AAAA",
      "v1..AAAA",
      `v1.${"x".repeat(40)}.${"A".repeat(60)}`,
    ]) {
      expect(codeOf(() => createVault([old]).open(junk, purpose))).toBe("malformed");
    }
  });

  it("rotates to the first key while the old ones still open", () => {
    const [old, fresh] = [key("old"), key("fresh")];
    const sealed = createVault([old]).seal("secret", purpose);
    const vault = createVault([fresh, old]);
    expect(vault.open(sealed, purpose).reveal()).toBe("secret");
    const rotated = vault.rotate(sealed, purpose);
    expect(rotated).toMatch(/^v1\.fresh\./);
    expect(vault.rotate(rotated, purpose)).toBe(rotated);
    expect(createVault([fresh]).open(rotated, purpose).reveal()).toBe("secret");
    expect(codeOf(() => vault.rotate(sealed, ["links", "verifier", "1"]))).toBe("wrong_key");
  });

  it("asks a ring that may change at each seal, and where it does not know the key", () => {
    let ring: KeyRing = [key("old")];
    const [vault, other] = [createVault(() => ring), createVault(() => ring)];
    const before = vault.seal("s", purpose);
    ring = [key("fresh"), ...ring];
    const after = vault.seal("s", purpose);
    expect(after).toMatch(/^v1\.fresh\./);
    expect([before, after].map((sealed) => other.open(sealed, purpose).reveal())).toEqual(["s", "s"]);
    expect(vault.rotate(before, purpose)).toMatch(/^v1\.fresh\./);
  });

  it("hands out secrets that nothing prints by accident", () => {
    const vault = createVault([key("a")]);
    const secret = vault.open(vault.seal("planted-secret", purpose), purpose);
    const shown = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: { secret } }, { showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain("planted");
    expect(secret.reveal()).toBe("planted-secret");
  });
});
