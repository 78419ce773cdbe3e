import { accessSync, constants, existsSync, mkdtempSync, rmdirSync, statfsSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join, relative } from "node:path";
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
    try {
      rmdirSync(mkdtempSync(join(at, ".segue-doctor-")));
    } catch {
      // Leave to write is not all: nothing can be made in /proc, whoever asks.
      const todo = "Set DATA_DIR to a folder on a disk of yours.";
      return [{ name: "Data folder", status: "failed", found: `${dir}: nothing can be made in ${at}`, todo }];
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

/** Whether there are words in the language that is spoken with people whose own is unknown. */
export function usualLanguage(locale: string, locales: readonly string[]): Checker {
  return async (): Promise<Check[]> => {
    const name = "Language";
    const base = locale.toLowerCase().split("-")[0] ?? "";
    if (locales.includes(base)) return [{ name, status: "ok", found: locale }];
    const todo = `Set LOCALE to one of ${locales.join(", ")}.`;
    return [{ name, status: "failed", found: `LOCALE is ${locale}, which there are no words in`, todo }];
  };
}

/** Whether the port is free to be listened on, or Segue itself is what listens there. */
export function ownPort(host: string, port: number): Checker {
  return async (signal): Promise<Check[]> => {
    const name = "Port";
    if (port === 0) return [{ name, status: "ok", found: "any that is free" }];
    const fault = await faultOfListening(host, port);
    if (fault === undefined) return [{ name, status: "ok", found: `${port} is free` }];
    if (fault !== "EADDRINUSE")
      return [
        {
          name,
          status: "failed",
          found: `${host}:${port} cannot be listened on (${fault})`,
          todo: "Set HOST to an address of this machine, and PORT to one from 1024 on.",
        },
      ];
    const at = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
    const probed = await fetch(`http://${at}:${port}/healthz`, { signal, redirect: "manual" })
      .then((response) => (response.status === 200 ? response.json() : undefined))
      .catch(() => undefined);
    if (isHealthy(probed)) return [{ name, status: "ok", found: `Segue runs on ${port}` }];
    return [
      {
        name,
        status: "failed",
        found: `another program listens on ${port}`,
        todo: "End that one, or set PORT to another.",
      },
    ];
  };
}

function isHealthy(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "status" in answer && answer.status === "ok";
}

function faultOfListening(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = createServer();
  server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
  server.listen(port, host, () => server.close(() => resolve(undefined)));
  return promise;
}

/** Why the keys cannot serve, or (a warning) could not be tried. */
export type KeyFault = { status: "warning" | "failed"; found: string };

/**
 * Where the keys are that seal people's tokens, who else has them, and whether they open what is sealed. `given`: the setting,
 * and the file that it came from.
 */
export function encryptionKeys(
  dir: string,
  given: { setting?: string; file?: string },
  faultOf: () => Promise<KeyFault | undefined>,
): Checker {
  return async (): Promise<Check[]> => {
    const name = "Encryption keys";
    const set = given.setting !== undefined && given.file === undefined;
    const path = given.file ?? join(dir, "encryption-keys");
    const there = !set && existsSync(path);
    // Whoever put it elsewhere chose its mode: secrets of containers are readable by all in there.
    const beside = there && !relative(dir, path).startsWith("..");
    if (beside && process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
      return [{ name, status: "failed", found: `${path} is readable by others`, todo: `Run: chmod 600 ${path}` }];
    const fault = await faultOf();
    if (fault) return [{ name, ...fault }];
    if (set) return [{ name, status: "ok", found: "from ENCRYPTION_KEYS" }];
    if (!there) return [{ name, status: "ok", found: "none yet; made at the first start" }];
    if (!beside) return [{ name, status: "ok", found: path }];
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
