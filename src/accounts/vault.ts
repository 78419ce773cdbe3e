import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";
import type { Purpose } from "../contracts/sealed.ts";
import { Secret } from "./secret.ts";
import { VaultError } from "./vault-error.ts";

/** 256-bit keys by id. The first one seals; all of them open. */
export type KeyRing = readonly [Key, ...Key[]];
export type Key = { id: string; key: KeyObject };

export interface Vault {
  readonly currentKeyId: string;
  seal(value: string, purpose: Purpose): string;
  /** Raises VaultError. */
  open(sealed: string, purpose: Purpose): Secret;
  /** The same secret under the current key; the text itself when it is already. Raises VaultError. */
  rotate(sealed: string, purpose: Purpose): string;
}

const VERSION = "v1";
/** NIST SP 800-38D: 96-bit nonces; random ones are safe up to 2^32 seals per key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const sealedForm = /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{38,})$/;

/** Key id, table, column and row go into the authentication tag, so that a sealed text cannot be moved to another place. */
function associated(keyId: string, purpose: Purpose): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, ...purpose]), "utf8");
}

/**
 * AES-256-GCM. A sealed text is `v1.<key id>.<base64url of nonce, tag and ciphertext>`. A ring that may change is asked for at
 * each seal, and where a key is not known.
 */
export function createVault(keys: KeyRing | (() => KeyRing)): Vault {
  const ringNow = typeof keys === "function" ? keys : () => keys;
  let ring = ringNow();
  const known = (keyId: string) => ring.find(({ id }) => id === keyId)?.key;
  const current = () => {
    ring = ringNow();
    return ring[0];
  };

  function seal(value: string, purpose: Purpose): string {
    const { id, key } = current();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associated(id, purpose));
    const text = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
    return `${VERSION}.${id}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64url")}`;
  }

  function open(sealed: string, purpose: Purpose): Secret {
    const [, keyId, body] = sealedForm.exec(sealed) ?? [];
    if (keyId === undefined || body === undefined) {
      throw new VaultError("malformed", "A stored secret is not in the form this version writes.");
    }
    if (!known(keyId)) current();
    const key = known(keyId);
    if (!key) {
      throw new VaultError(
        "unknown_key",
        `A stored secret was encrypted with the key "${keyId}", which is not among the encryption keys: put it back.`,
      );
    }
    const bytes = Buffer.from(body, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(associated(keyId, purpose));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    try {
      return new Secret(
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, "utf8") + decipher.final("utf8"),
      );
    } catch (cause) {
      throw new VaultError(
        "wrong_key",
        `A stored secret does not open with the key "${keyId}": the key was changed under its name, or the row was tampered with.`,
        { cause },
      );
    }
  }

  return {
    get currentKeyId() {
      return current().id;
    },
    seal,
    open,
    rotate(sealed, purpose) {
      const secret = open(sealed, purpose);
      return sealed.startsWith(`${VERSION}.${current().id}.`) ? sealed : seal(secret.reveal(), purpose);
    },
  };
}
