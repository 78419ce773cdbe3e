import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Check, Checker } from "../contracts/checks.ts";

const LITTLE_SPACE_BYTES = 200 * 1024 * 1024;
const OFF_BY_MS = 60_000;

/** The folder that holds everything: there, ours, writable, and with room. */
export function dataFolder(dir: string): Checker {
  return async () => {
    const at = nearest(dir);
    try {
      accessSync(at, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return [
        {
          name: "Data folder",
          status: "failed",
          found: `${dir} cannot be written`,
          todo: `Make it writable for the user that runs Segue, e.g. chown -R $USER ${at}, or set DATA_DIR.`,
        },
      ];
    }
    const { bavail, bsize } = statfsSync(at);
    const free = bavail * bsize;
    const room = `${Math.floor(free / 1024 / 1024)} MB free`;
    if (free < LITTLE_SPACE_BYTES)
      return [
        { name: "Data folder", status: "warning", found: `${dir}, only ${room}`, todo: "Make room on that disk." },
      ];
    return [{ name: "Data folder", status: "ok", found: `${dir}${at === dir ? "" : " (will be made)"}, ${room}` }];
  };
}

/** Where the keys are that seal people's tokens, and whether others could read them. */
export function encryptionKeys(dir: string, setting: string | undefined): Checker {
  return async (): Promise<Check[]> => {
    const name = "Encryption keys";
    const path = join(dir, "encryption-keys");
    if (setting !== undefined) return [{ name, status: "ok", found: "from ENCRYPTION_KEYS" }];
    if (!existsSync(path)) return [{ name, status: "ok", found: "none yet; made at the first start" }];
    const mode = statSync(path).mode & 0o777;
    if (process.platform !== "win32" && (mode & 0o077) !== 0)
      return [{ name, status: "failed", found: `${path} is readable by others`, todo: `Run: chmod 600 ${path}` }];
    return [
      {
        name,
        status: "warning",
        found: `${path}, beside the data they protect`,
        todo: "Whoever copies the folder has both. To part them, move the file elsewhere and set ENCRYPTION_KEYS_FILE to it.",
      },
    ];
  };
}

/** Tokens, timers and signatures go wrong on a clock that is minutes off. `url` is any server that answers with a Date. */
export function clockAgainst(url: string, now: () => number): Checker {
  return async (signal): Promise<Check[]> => {
    const name = "Clock";
    const response = await fetch(url, { method: "HEAD", redirect: "manual", signal });
    const date = Date.parse(response.headers.get("date") ?? "");
    if (Number.isNaN(date)) return [{ name, status: "warning", found: "nothing to compare it with" }];
    const off = now() - date;
    if (Math.abs(off) <= OFF_BY_MS) return [{ name, status: "ok", found: "right" }];
    return [
      {
        name,
        status: "failed",
        found: `${Math.round(Math.abs(off) / 1000)} s ${off > 0 ? "fast" : "slow"}`,
        todo: "Switch time synchronisation on: sudo timedatectl set-ntp true",
      },
    ];
  };
}

/** Whether people's browsers reach the link pages. Works only while Segue runs. */
export function publicAddress(url: string | undefined): Checker {
  return async (signal): Promise<Check[]> => {
    const name = "Public address";
    if (url === undefined) return [{ name, status: "ok", found: "none set: pages open on this machine alone" }];
    const response = await fetch(`${url}/healthz`, { signal, redirect: "manual" });
    if (response.status === 200) return [{ name, status: "ok", found: `${url} answers` }];
    return [
      {
        name,
        status: "warning",
        found: `${url}/healthz answers ${response.status}`,
        todo: "Start Segue, and have your reverse proxy pass every path of that address to HOST:PORT.",
      },
    ];
  };
}

function nearest(dir: string): string {
  let at = dir;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}
