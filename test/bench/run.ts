import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { commands } from "./commands.ts";
import { crowd } from "./crowd.ts";
import { emit, progress, round } from "./figures.ts";
import { history } from "./history.ts";
import { importing } from "./import.ts";
import { language } from "./language.ts";
import { monotonicMs } from "./monotonic.ts";
import { mpd } from "./mpd.ts";
import type { BenchOptions } from "./options.ts";
import { chatPlatforms } from "./platforms.ts";
import { coldStart, idle } from "./start.ts";

/**
 * `npm run bench -- [--only NAME] [--seconds N] [--plays N] [--node=FLAGS]`: one JSON line per figure on stdout, progress on stderr. The
 * bot and the false Spotify run as processes of their own; times are of the machine's monotonic clock, which they share.
 * README.md says what each line means.
 */
const benches: { name: string; figures: readonly string[]; run(options: BenchOptions): Promise<void> }[] = [
  { name: "start", figures: ["cold_start"], run: coldStart },
  { name: "idle", figures: ["rss_idle"], run: idle },
  { name: "language", figures: ["parse", "language_load"], run: language },
  {
    name: "commands",
    figures: [
      "message_to_first_call",
      "message_to_reply",
      "searches_per_play",
      "calls_per_message",
      "bot_over_direct",
      "ledger",
    ],
    run: commands,
  },
  { name: "mpd", figures: ["mpd_library", "mpd_search", "mpd_play_to_command", "mpd_message_to_sound"], run: mpd },
  {
    name: "platforms",
    figures: ["platforms_cold_start", "platforms_rss_idle", "platforms_acknowledge", "platforms_rss_after_load"],
    run: chatPlatforms,
  },
  {
    name: "history",
    figures: [
      "history_size",
      "history_month",
      "history_all_time",
      "history_digest_50_year",
      "history_record_one",
      "history_hide_artist",
    ],
    run: history,
  },
  { name: "import", figures: ["import_rss"], run: importing },
  { name: "crowd", figures: ["linking", "rss_linked"], run: crowd },
];

const { values } = parseArgs({
  // Behind node, bin/run.js and the name of this file.
  args: process.argv.slice(3),
  options: {
    only: { type: "string" },
    seconds: { type: "string", default: "20" },
    plays: { type: "string", default: "10000000" },
    node: { type: "string", default: "" },
  },
});
const seconds = Number(values.seconds);
const plays = Number(values.plays);
const chosen = benches.filter(
  ({ name, figures }) => values.only === undefined || name === values.only || figures.includes(values.only),
);
if (!(seconds >= 1 && seconds <= 600) || !(plays >= 1_000 && plays <= 100_000_000) || chosen.length === 0) {
  const names = benches.flatMap(({ name, figures }) => [name, ...figures]).join(", ");
  process.stderr.write(
    `npm run bench -- [--only NAME] [--seconds 1..600] [--plays 1000..100000000] [--node=--cpu-prof]\nNAME is one of: ${names}\n`,
  );
  process.exit(1);
}

const startedAt = monotonicMs();
emit({
  bench: "machine",
  node: process.version,
  cores: availableParallelism(),
  loads: loadavg().map((load) => round(load)),
});
for (const { name, run } of chosen) {
  progress(`${name} …`);
  await run({ seconds, plays, node: values.node.split(" ").filter((flag) => flag !== "") });
}
progress(`done in ${round((monotonicMs() - startedAt) / 1000, 0)} s`);
