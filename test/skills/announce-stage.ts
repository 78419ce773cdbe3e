import { z } from "zod";
import { listenerOf } from "../../src/contracts/listening.ts";
import type { Playable, Track } from "../../src/contracts/music.ts";
import { say } from "../../src/contracts/reply.ts";
import { defineSkill } from "../../src/contracts/skill.ts";
import type { ChatAdapter } from "../fakes/chat-adapter.ts";
import { type Conversation, type ConversationOptions, startConversation } from "../support/conversation.ts";
import { createScriptedAccounts } from "../support/scripted-accounts.ts";
import { createScriptedOrchestrator, createWorld } from "../support/scripted-music.ts";

export const minuteMs = 60_000;
export const hall = { platform: "test", tenant: "", id: "hall" };

export function song(title: string, artist = "Adele", durationMs = 4 * minuteMs): Track {
  const uri = `memory:track:${title.toLowerCase().replaceAll(" ", "-")}`;
  const url = `https://music.example/${encodeURIComponent(title)}`;
  const art = [{ url: "https://art.example/a.jpg", width: 300, height: 300 }];
  return { type: "track", uri, title, artists: [{ name: artist }], durationMs, url, art };
}

export const hello = song("Hello");
export const skyfall = song("Skyfall");
export const creep = song("Creep", "Radiohead");
export const gone = "What stood here was taken back.";

export type Hall = Conversation & {
  /** The person's id; they are known from then on. */
  meet(name: string): Promise<string>;
  /** A place that announces, and somebody who lets it. */
  agreed(name: string): Promise<string>;
  hears(personOrPlayer: string, what: Playable | "paused" | "nothing"): Promise<void>;
  pass(ms: number): Promise<void>;
  /** What stands in the hall for everybody, oldest first. */
  shown(): string[];
  /** Somebody says something in the hall. */
  say(text: string, name?: string): Promise<string>;
};

/** The whole bot, with a hall that many see, and its operator "ola". */
export async function openHall(options: ConversationOptions = {}): Promise<Hall> {
  const held = await startConversation({
    only: ["announce", "now-playing", "watch", "help", "place"],
    extra: [hiding],
    announcing: true,
    ...options,
  });
  const pass = (ms: number) =>
    held.clock.until(held.clock.sleep(ms), { withinMs: 2 * ms + minuteMs, realMs: 1 }).then(() => undefined);
  const inHall = (name: string) => held.user(name, { place: "hall" });
  async function meet(name: string): Promise<string> {
    await inHall(name).sends("help");
    return (await held.store.people.find(held.user(name).ref))?.id ?? "";
  }
  await held.store.people.setOperator(await meet("ola"));
  const say = async (text: string, name = "ann") => (await inHall(name).says(text))?.text ?? "";
  return Object.assign(held, {
    meet,
    async agreed(name: string) {
      const id = await meet(name);
      await say("/announce on", "ola");
      await inHall(name).sends("announce.set", { what: "me", sure: "yes" });
      return id;
    },
    async hears(who: string, what: Playable | "paused" | "nothing") {
      const listener = who.startsWith("player:") ? who : listenerOf.person(who);
      held.events.emit({ type: "now_playing.changed", now: held.watch().hears(listener, what) });
      await pass(2_000);
    },
    pass,
    shown: () => publicIn(held.adapter),
    say,
  });
}

/** Whoever sends it is private for a while, or not any more. */
const hiding = {
  skill: defineSkill({
    name: "hiding",
    intents: { "hiding.set": z.object({ minutes: z.number().optional() }) },
    needs: [],
    visibility: "private",
    async run({ history, now, args: { minutes } }) {
      await history.setPrivate(minutes === undefined ? undefined : now + minutes * minuteMs);
      return say("ok");
    },
  }),
  words: { help: { title: "Hiding", order: 1 } },
};

/** Everybody has a player of their own. */
export const ownPlayers: ConversationOptions = {
  orchestrator: () => createScriptedOrchestrator(createWorld()),
  accounts: ({ events }) => createScriptedAccounts(events, { linked: true }),
};

function publicIn({ shown }: ChatAdapter): string[] {
  return shown
    .filter(({ place, key }) => place.id === "hall" && key.startsWith("announce:"))
    .map(({ reply }) => reply.text);
}
