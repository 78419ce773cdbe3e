import type { Person } from "../doubles/discord/person.ts";
import { shown } from "../doubles/discord/shown.ts";
import type { Channel } from "../doubles/discord/world.ts";
import type { Services } from "../program/platforms/services.ts";

/** A channel of a server, and what whoever manages it does and sees there. */
export function createRoom({ discord }: Services, person: Person, channel: Channel) {
  const messages = () => person.messages().filter(({ channelId }) => channelId === channel.id);
  const forAll = () =>
    discord.world.messages
      .filter((message) => message.channelId === channel.id && message.authorId !== person.id && !message.onlyFor)
      .map(({ components }) => shown(components));
  return {
    runs: (name: string, options: Record<string, unknown> = {}) => void person.runs(channel, name, options),
    presses: (label: string) => void person.presses(label),
    /** Theirs alone as well. */
    seen: () => messages().map(({ components }) => shown(components)),
    cards: () => forAll().filter((text) => /is listening to|listened to|has paused|goes on further down/.test(text)),
    digests: () => forAll().filter((text) => text.includes("The day in music")),
  };
}
