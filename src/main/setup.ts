import { join } from "node:path";
import { createOperator } from "../accounts/operator.ts";
import { type Config, ConfigError, loadConfig } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import { examine, print } from "../doctor/examine.ts";
import { readEnv, writeEnv } from "../setup/env-file.ts";
import { type Asker, askAll } from "../setup/wizard.ts";
import { lockDataDir } from "../store/lock.ts";
import { openStore } from "../store/open.ts";
import { connectionsFor, faultOf } from "./connections.ts";

/** Long enough to start the bot and find it in one's chat. */
const CODE_LASTS_MS = 24 * 60 * 60_000;
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** From nothing to a bot that can be started: asks, tests, writes the file, and names the code of the operator. False when the person gave up. */
export async function runSetup({
  clock,
  ask,
  envFile,
  env,
}: {
  clock: Clock;
  ask: Asker;
  envFile: string;
  /** Of the process, when not given. */
  env?: NodeJS.ProcessEnv;
}): Promise<boolean> {
  const existing = readEnv(envFile);
  const values = await askAll({
    ask,
    connections: connectionsFor(existing, clock),
    existing,
    fault: faultOf,
    examine: (name, check) => examine([{ name, check }], clock),
    print,
  });
  if (!values) {
    ask.say("Given up", ["Nothing was written."]);
    return false;
  }
  writeEnv(envFile, values);
  ask.say("Written", [`${envFile} (readable for you alone)`]);
  let config: Config;
  try {
    config = loadConfig(env, envFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    ask.say("Not yet whole", [...error.message.split("\n"), "Run setup again to mend it."]);
    return false;
  }
  const code = config.rehearsal ? undefined : await operatorCode(config, clock);
  ask.say("Next", [
    "npm start",
    ...(code === undefined
      ? []
      : [`Then write ${code} to the bot, in a private chat: that makes you its operator. The code lasts a day.`]),
  ]);
  return true;
}

async function operatorCode(config: Config, clock: Clock): Promise<string | undefined> {
  const lock = lockDataDir(config.dataDir);
  try {
    const store = await openStore({
      url: config.DATABASE_URL ?? `sqlite:${join(config.dataDir, "segue.db")}`,
      clock,
      log: quiet,
      backupDir: join(config.dataDir, "backups"),
    });
    try {
      return await createOperator({ store, clock, log: quiet }).ensureOperatorCode(CODE_LASTS_MS);
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}
