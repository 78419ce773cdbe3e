import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/**
 * Goes into a program before it begins: it is killed at one call of the file system for a file named like this, before the call or
 * in the midst of it. DIE_AT is "before renameSync", "halfway copyFileSync" …
 */
const [moment = "", call = ""] = (process.env.DIE_AT ?? "").split(" ");
const name = new RegExp(process.env.DIE_ON ?? "$^");

const die = () => process.kill(process.pid, "SIGKILL");
const before: unknown = Reflect.get(fs, call);
if (typeof before !== "function") throw new Error(`there is no ${call}`);
Reflect.set(fs, call, (...given: unknown[]) => {
  const mine = given.some((each) => typeof each === "string" && name.test(each));
  if (mine && moment === "halfway" && call === "copyFileSync") {
    const bytes = fs.readFileSync(String(given[0]));
    fs.writeFileSync(String(given[1]), bytes.subarray(0, bytes.length / 2));
  }
  if (mine && moment !== "after") die();
  const result: unknown = before(...given);
  if (mine) die();
  return result;
});
syncBuiltinESMExports();
