import type { Check, Checker } from "../../../contracts/checks.ts";
import type { Clock } from "../../../contracts/clock.ts";
import { isSegueError } from "../../../contracts/errors.ts";
import { type MpdAddress, parseMpdUrl } from "./address.ts";
import { type Connection, openConnection } from "./connection.ts";
import { codedOf } from "./errors.ts";
import { fieldsOf, recordsOf } from "./line.ts";
import { parseOutputs, parseStatus } from "./status.ts";

const name = "MPD";

/** The daemon as MPD_URL names it: whether it answers, lets us in, has music, somewhere to play it, and keeps likes. */
export function checkMpd(url: string, clock: Clock): Checker {
  return async (signal) => {
    let address: MpdAddress;
    try {
      address = parseMpdUrl(url);
    } catch {
      return [failed("MPD_URL cannot be read", "Write mpd://password@host:6600, or the path of its socket.")];
    }
    const where = "path" in address ? address.path.replace(/^\0/, "@") : `${address.host}:${address.port}`;
    let connection: Connection | undefined;
    try {
      connection = await openConnection(address, clock, signal);
      return await look(connection, where, signal);
    } catch (error) {
      return [refusal(error, where)];
    } finally {
      connection?.end();
    }
  };
}

async function look(connection: Connection, where: string, signal: AbortSignal): Promise<Check[]> {
  const ask = async (command: "commands" | "status" | "stats" | "outputs") => {
    const { parts, ack } = await connection.ask([[command]], { signal });
    return ack ? undefined : parts[0];
  };
  const commands = new Set((await ask("commands"))?.fields.map(([, value]) => value));
  if (!commands.has("play") || !commands.has("find"))
    return [
      failed(`${where} lets us do too little`, "Put the password of mpd.conf (with read, add, control) into MPD_URL."),
    ];
  const status = parseStatus(fieldsOf(await ask("status")));
  const songs = Number(fieldsOf(await ask("stats")).get("songs") ?? 0);
  const outputs = parseOutputs(recordsOf(await ask("outputs"), ["outputid"]), status.volume);
  return [
    { name, status: "ok", found: `answers at ${where}` },
    songs > 0
      ? { name: "MPD library", status: "ok", found: `${songs} songs` }
      : warning("MPD library", "there are no songs", "Set music_directory in mpd.conf, then run: mpc update"),
    outputs.some(({ active }) => active)
      ? { name: "MPD outputs", status: "ok", found: outputs.map((output) => output.name).join(", ") }
      : {
          name: "MPD outputs",
          status: "failed",
          found: "no output is switched on, so nothing can be heard",
          todo: "Run: mpc enable 1",
        },
    // Without an output the daemon tells of no volume, whatever mixers there are.
    ...(status.volume === undefined && outputs.some(({ active }) => active)
      ? [warning("MPD volume", "the output has no mixer", 'Set mixer_type "software" on the audio_output in mpd.conf.')]
      : []),
    ...(commands.has("sticker")
      ? []
      : [warning("MPD likes", "stickers are off, so nothing can be liked", "Set sticker_file in mpd.conf.")]),
  ];
}

const failed = (found: string, todo: string): Check => ({ name, status: "failed", found, todo });
const warning = (part: string, found: string, todo: string): Check => ({ name: part, status: "warning", found, todo });

function refusal(error: unknown, where: string): Check {
  const coded = codedOf(error);
  const why = isSegueError(coded, "Unavailable") ? coded.details.why : "connection";
  switch (why) {
    case "credentials":
      return failed(
        `${where} refuses the password`,
        "Put the password of mpd.conf into MPD_URL: mpd://password@host:6600",
      );
    case "status":
      return failed("this MPD is too old", "Install MPD 0.23.3 or newer.");
    case "malformed":
      return failed(
        `what answers at ${where} is no MPD`,
        "Check the port of MPD_URL; mpd.conf says it (6600 unless changed).",
      );
    case "timeout":
      return failed(`${where} does not answer in time`, "Check host and firewall, and bind_to_address in mpd.conf.");
    default:
      return failed(
        `nothing answers at ${where}`,
        "Start it (systemctl start mpd), and check bind_to_address and port in mpd.conf.",
      );
  }
}
