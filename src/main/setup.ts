import { join } from "node:path";
import { createOperator } from "../accounts/operator.ts";
import { type Config, ConfigError, loadConfig } from "../config.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import { examine, print } from "../doctor/examine.ts";
import { checkWritable, EnvFileError, readEnv, writeEnv } from "../setup/env-file.ts";
import { type Asker, askAll } from "../setup/wizard.ts";
import { StoreError } from "../store/errors.ts";
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
  let existing: Record<string, string>;
  try {
    existing = readEnv(envFile);
    checkWritable(envFile);
  } catch (error) {
    return refused(ask, error);
  }
  const { sound, faults } = judged(existing);
  if (faults.length > 0) ask.say(`To mend in ${envFile}`, faults);
  const values = await askAll({
    ask,
    connections: connectionsFor(sound, clock),
    existing,
    fault: faultOf,
    examine: (name, check) => examine([{ name, check }], clock),
    print,
  });
  if (!values) {
    ask.say("Given up", ["Nothing was written."]);
    return false;
  }
  const news = Object.entries(values).some(([name, value]) => existing[name] !== value);
  try {
    if (news) writeEnv(envFile, values);
  } catch (error) {
    return refused(ask, error);
  }
  if (news) ask.say("Written", [`${envFile} (readable for you alone)`]);
  else ask.say("Nothing is new", ["Nothing was written."]);
  let config: Config;
  try {
    config = loadConfig(env, envFile);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    ask.say("Not yet whole", [...error.message.split("\n"), `Mend that in ${envFile}, or run setup again.`]);
    return false;
  }
  if (config.rehearsal) {
    ask.say("Next", ["npm start", "No music is connected yet: Segue rehearses, with a built-in false service."]);
    return true;
  }
  let code: string | undefined;
  try {
    code = await operatorCode(config, clock);
  } catch (error) {
    if (!(error instanceof StoreError && error.code === "locked")) throw error;
    ask.say("Next", ["Segue is running. Stop it and start it again, so that it reads the new settings: npm start"]);
    return true;
  }
  ask.say("Next", [
    "npm start",
    ...(code === undefined
      ? []
      : [`Then write ${code} to the bot, in a private chat: that makes you its operator. The code lasts a day.`]),
  ]);
  return true;
}

function refused(ask: Asker, error: unknown): false {
  if (!(error instanceof EnvFileError)) throw error;
  ask.say("Not written", [error.message]);
  return false;
}

/** Settings that cannot be what they are must not keep the others from being tested. */
function judged(existing: Readonly<Record<string, string>>): { sound: Record<string, string>; faults: string[] } {
  const entries = Object.entries(existing).map(([name, value]) => ({ name, value, fault: faultOf(name, value) }));
  return {
    sound: Object.fromEntries(entries.flatMap(({ name, value, fault }) => (fault ? [] : [[name, value]]))),
    faults: entries.flatMap(({ fault }) => (fault ? [`${fault}.`] : [])),
  };
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
