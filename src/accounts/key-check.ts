import type { SealedStore, SealedText } from "../contracts/sealed.ts";
import { type KeySources, loadKeyRing } from "./key-ring.ts";
import { createVault, type Vault } from "./vault.ts";
import { VaultError } from "./vault-error.ts";

/**
 * Raises VaultError where the keys are not those that the database was sealed with. Only where nothing is sealed yet may a key
 * be made: a fresh one beside a lost one would make of a slip a loss.
 */
export async function requireKeys(sealed: Pick<SealedStore, "samples">, sources: KeySources): Promise<void> {
  const samples = await sealed.samples();
  const ids = [...new Set(samples.map(keyIdOf))];
  try {
    const vault = createVault(loadKeyRing({ ...sources, make: ids.length === 0 }));
    for (const id of ids)
      openAny(
        vault,
        samples.filter((sample) => keyIdOf(sample) === id),
      );
  } catch (error) {
    if (!(error instanceof VaultError) || ids.length === 0) throw error;
    const named = ids.map((id) => `"${id}"`).join(" and ");
    const todo = `This database is sealed with ${named}. Put the key back into ${sources.dataDir}, or set ENCRYPTION_KEYS_FILE; nothing was changed.`;
    throw new VaultError(error.code, `${error.message} ${todo}`, { cause: error });
  }
}

export const keyIdOf = ({ text }: Pick<SealedText, "text">): string => text.split(".")[1] ?? "";

/** One that does not open was tampered with; when none does, the key is another one. */
function openAny(vault: Vault, samples: readonly SealedText[]): void {
  let fault: unknown;
  for (const { text, purpose } of samples) {
    try {
      vault.open(text, purpose);
      return;
    } catch (error) {
      fault ??= error;
    }
  }
  throw fault;
}
