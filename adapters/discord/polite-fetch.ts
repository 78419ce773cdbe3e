import type { RESTOptions } from "discord.js";

/** A refusal that names no time: longer than any that we wait for, so that whoever asked is told instead. */
const untoldSeconds = "10";

/**
 * What the library's requests go out by. Its own way goes through whatever dispatcher is set for the whole process, and another
 * library's may be of a version that refuses this one's forms. The two know the same options by two editions of their types.
 *
 * It takes a 429 without a time (of something that stands before the platform) for one of no wait at all, and asks some twenty times a
 * second until its deadline; 10,000 refusals in ten minutes ban the address (https://docs.discord.com/developers/topics/rate-limits).
 */
export const politeFetch = (async (url: string, init: RequestInit): Promise<Response> => {
  const answer = await fetch(url, init);
  if (answer.status !== 429 || Number(answer.headers.get("retry-after")) > 0) return answer;
  const headers = new Headers(answer.headers);
  headers.set("retry-after", untoldSeconds);
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}) as unknown as RESTOptions["makeRequest"];
