import { z } from "zod";
import type { BotProcess } from "./bot-process.ts";
import type { Client, Response } from "./client.ts";
import { personId } from "./false-spotify.ts";
import type { SpotifyProcess } from "./spotify-process.ts";

const answerSchema = z.object({
  replies: z.array(
    z.object({
      kind: z.enum(["answer", "question", "error"]).default("answer"),
      text: z.string(),
      blocks: z.array(z.looseObject({ type: z.string(), url: z.string().optional() })),
    }),
  ),
});
export type Answer = z.output<typeof answerSchema>["replies"][number];
export type Said = Response & { answer: Answer };

/** A person's side of the web chat. */
export function createChat(client: Client, bot: Pick<BotProcess, "url">, spotify: SpotifyProcess) {
  async function say(user: string, text: string): Promise<Said> {
    const response = await client.postJson(`${bot.url}/chat/messages`, { user, text });
    if (response.status !== 200) throw new Error(`the chat answered ${response.status}: ${response.text}`);
    const [answer] = answerSchema.parse(JSON.parse(response.text)).replies;
    if (!answer) throw new Error(`no answer to "${text}"`);
    return { ...response, answer };
  }

  /** Links a person as a browser would: the message, the page, its form, the consent, and the way back. */
  async function link(index: number): Promise<void> {
    const user = personId(index);
    const { answer } = await say(user, "connect my account");
    const page = answer.blocks.find(({ type }) => type === "link")?.url;
    if (page === undefined) throw new Error(`no link in "${answer.text}"`);
    // One address for each, as pages are limited by address.
    const headers = { "x-forwarded-for": `10.0.${index >> 8}.${index & 255}` };
    const asked = await client.request("GET", page, { headers });
    const cookie = String(asked.headers["set-cookie"]).split(";")[0] ?? "";
    const csrf = /name="csrf" value="([^"]+)"/.exec(asked.text)?.[1];
    if (csrf === undefined) throw new Error(`no form on the page (${asked.status})`);
    const form = { ...headers, cookie, "content-type": "application/x-www-form-urlencoded" };
    const sent = await client.request("POST", page, {
      headers: form,
      body: new URLSearchParams({ csrf }).toString(),
    });
    const back = await spotify.consent(user, String(sent.headers.location));
    const ended = await client.request("GET", back, { headers: { ...headers, cookie } });
    if (ended.status !== 200) throw new Error(`linking ended with ${ended.status}: ${ended.text.slice(0, 500)}`);
  }

  return { say, link };
}
export type Chat = ReturnType<typeof createChat>;

/** Runs `job` for 0 to count-1, `wide` at a time. */
export async function inParallel(count: number, wide: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await job(next++);
  };
  await Promise.all(Array.from({ length: wide }, worker));
}
