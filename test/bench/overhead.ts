import type { Chat } from "./chat.ts";
import type { Client } from "./client.ts";
import { personId } from "./false-spotify.ts";
import { emit, progress, round, spread } from "./figures.ts";
import type { SpotifyProcess } from "./spotify-process.ts";
import { attribute, firstCallMs, type Message } from "./traffic.ts";

const pairs = 150;
/** Their calls are spread over some people, as nobody may say more than 20 things in ten seconds. */
const people = 50;

/** The same calls straight to the false Spotify and through the bot, in turn and one at a time, so that both meet the same machine. */
export async function overhead({ client, chat, spotify }: { client: Client; chat: Chat; spotify: SpotifyProcess }) {
  progress(`overhead: ${pairs} calls each way`);
  const tokens = await Promise.all(
    Array.from({ length: people }, (_, person) => spotify.directToken(personId(person))),
  );
  const direct: number[] = [];
  const messages: Message[] = [];
  await spotify.arrivals();
  for (let pair = 0; pair < pairs; pair++) {
    const user = personId(pair % people);
    const authorization = `Bearer ${tokens[pair % people]}`;
    const kind = Math.floor(pair / people) % 2 === 0 ? "pause" : "resume";
    const path = kind === "pause" ? "pause" : "play";
    const said = await chat.say(user, kind);
    messages.push({ ...said, kind, user, text: kind, reply: said.answer.text, outcome: said.answer.kind, calls: [] });
    // Undone first, so that the direct call finds what the bot's found.
    const undo = path === "pause" ? "play" : "pause";
    await client.request("PUT", `${spotify.url}/v1/me/player/${undo}`, { headers: { authorization } });
    const { sentAt, doneAt, status } = await client.request("PUT", `${spotify.url}/v1/me/player/${path}`, {
      headers: { authorization },
    });
    if (status >= 300) throw new Error(`${path} answered ${status}`);
    direct.push(doneAt - sentAt);
  }
  attribute(messages, await spotify.arrivals());
  const unheard = messages.find(({ calls }) => calls.length !== 1);
  if (unheard) throw new Error(`"${unheard.text}" made ${unheard.calls.length} calls: ${unheard.reply}`);
  const through = spread(messages.map(({ sentAt, doneAt }) => doneAt - sentAt));
  const straight = spread(direct);
  const [bot, own] = [through.p50_ms ?? Number.NaN, straight.p50_ms ?? Number.NaN];
  emit({
    bench: "bot_over_direct",
    calls: "pause and resume",
    n: pairs,
    direct_p50_ms: own,
    direct_p99_ms: straight.p99_ms,
    bot_p50_ms: bot,
    bot_p99_ms: through.p99_ms,
    added_p50_ms: round(bot - own),
    ratio_p50: round(bot / own),
    to_first_call_p50_ms: spread(messages.flatMap((message) => firstCallMs(message) ?? [])).p50_ms,
  });
}
