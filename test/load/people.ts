import { parseArgs } from "node:util";
import { createFolder, startBot } from "../bench/bot-process.ts";
import { createChat, inParallel } from "../bench/chat.ts";
import { createClient } from "../bench/client.ts";
import { personId } from "../bench/false-spotify.ts";
import { progress, round } from "../bench/figures.ts";
import { startSpotify } from "../bench/spotify-process.ts";

/**
 * `node bin/run.js test/load/people.ts [--people 10000]`: so many people come, say what newcomers say, and are not seen again; one
 * in twenty links an account, plays something, and takes the account back. One JSON object on stdout: the program's heap, collected, before and after. Ends with 1 when it
 * grew by more than a fifth.
 */
const { values } = parseArgs({
  // Behind node, bin/run.js and the name of this file.
  args: process.argv.slice(3),
  options: { people: { type: "string", default: "10000" } },
});
const people = Number(values.people);
/** Who came before: what is made once, and when first needed, is there. */
const first = 300;
const wide = 16;
const linked = 20;
const mostGrowth = 1.2;

const client = createClient();
const spotify = await startSpotify(client, first + people);
const folder = createFolder();
try {
  const node = ["--inspect-port=127.0.0.1:0"];
  const bot = await startBot(client, { dataDir: folder.path, spotify: spotify.url, node });
  const chat = createChat(client, bot, spotify);
  let unlinked = 0;
  const visit = async (index: number) => {
    const user = personId(index);
    // On a busy machine the service may be too slow for one of them, who then goes without.
    const goesWithout = () => {
      unlinked += 1;
    };
    if (index % linked === 0) await chat.link(index).catch(goesWithout);
    await chat.say(user, `play ${spotify.songs[index % spotify.songs.length]}`);
    await chat.say(user, "what's playing?");
    if (index % linked === 0)
      await client.postJson(`${bot.url}/chat/messages`, { user, intent: "account.unlink", slots: { confirm: "yes" } });
  };
  await inParallel(first, wide, visit);
  const before = await bot.heapMb();
  const startedAt = performance.now();
  let came = 0;
  await inParallel(people, wide, async (index) => {
    await visit(first + index);
    came += 1;
    if (came % 1_000 === 0) progress(`${came} people came, heap ${round(await bot.heapMb())} MB`);
  });
  const after = await bot.heapMb();
  const seconds = round((performance.now() - startedAt) / 1_000, 0);
  const figures = { heap_before_mb: round(before), heap_after_mb: round(after), growth: round(after / before, 3) };
  const outcome = { people, unlinked, ...figures, rss_mb: bot.memory().rss_mb, peak_mb: bot.peakMb(), seconds };
  await bot.stop();
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  if (after > before * mostGrowth) process.exitCode = 1;
} finally {
  folder.remove();
  await spotify.stop();
  client.close();
}
