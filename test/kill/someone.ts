import type { Person as DiscordPerson } from "../doubles/discord/person.ts";
import { shown as shownOnDiscord } from "../doubles/discord/shown.ts";
import { shown as shownOnSlack } from "../doubles/slack/seen.ts";
import type { Member } from "../doubles/slack/world.ts";
import { linkOnDiscord } from "../program/platforms/discord-link.ts";
import type { Services } from "../program/platforms/services.ts";

/** What the platform knows of a message on its way to the program. */
export type Said = {
  /** The platform was told that it is in good hands; undefined where a platform asks for nothing of the kind. */
  acknowledged(): boolean | undefined;
  /** Sends it again where it was not acknowledged and the platform does so. */
  again(): Promise<void>;
  /** By which the program knows it. */
  key: string;
};

/** Somebody with a chat with the bot alone, and an account at the music service. */
export type Someone = {
  name: string;
  platform: "discord" | "slack" | "telegram";
  /** There. */
  userId: string;
  /** In the false service: id and name. */
  account: { id: string; name: string };
  device: string;
  says(text: string): Promise<Said>;
  presses(label: string): Promise<void>;
  /** Hands over a file that lies on the platform. */
  posts?(file: { filename: string; url: string; size: number; content_type: string }): void;
  /** What the bot wrote to them, oldest first. */
  seen(): string[];
  /** The newest address to link at. */
  link(): string | undefined;
};

type Account = Pick<Someone, "account" | "device">;

export function onDiscord(person: DiscordPerson, of: Account): Someone {
  const messages = () => person.messages().filter(({ channelId }) => channelId === person.direct().id);
  return {
    name: `${of.account.name} on Discord`,
    platform: "discord",
    userId: person.id,
    ...of,
    async says(text) {
      const { id } = person.says(person.direct(), text);
      // The gateway asks for no acknowledgement, and sends nothing again.
      return { key: id, acknowledged: () => undefined, again: async () => {} };
    },
    async presses(label) {
      person.presses(label);
    },
    posts: (file) => void person.says(person.direct(), "", { attachments: [file] }),
    seen: () => messages().map(({ components }) => shownOnDiscord(components)),
    link() {
      try {
        return linkOnDiscord(person);
      } catch {
        return undefined;
      }
    },
  };
}

export function onSlack({ slack }: Services, member: Member, of: Account): Someone {
  const chat = () => slack.directChat(member).id;
  const messages = () =>
    slack.world.messages.filter(({ channel, author }) => channel === chat() && author === undefined);
  return {
    name: `${of.account.name} on Slack`,
    platform: "slack",
    userId: member.id,
    ...of,
    async says(text) {
      const told = slack.says(member, text);
      const key = slack.world.messages.findLast(({ author }) => author === member.id)?.ts ?? "";
      let outcome: boolean | undefined;
      told.then(
        ({ acknowledged }) => {
          outcome = acknowledged;
        },
        () => {
          outcome = false;
        },
      );
      return {
        key,
        acknowledged: () => outcome ?? false,
        async again() {
          await told.catch(() => undefined);
          if (outcome) return;
          outcome = (await slack.redeliver()).acknowledged;
        },
      };
    },
    async presses(label) {
      await slack.presses(member, { channel: chat() }, label);
    },
    seen: () => messages().map(shownOnSlack),
    link() {
      const found = messages().findLast(({ blocks }) => /authorize\?|\/link\//.test(JSON.stringify(blocks)));
      return /"(https?:[^"]*(?:authorize\?|\/link\/)[^"]*)"/.exec(JSON.stringify(found?.blocks))?.[1];
    },
  };
}

export function onTelegram({ telegram }: Services, id: number, of: Account): Someone {
  const messages = () => telegram.botMessages(id);
  const words = () =>
    messages().map(({ text, keyboard }) =>
      [text, ...keyboard.flat().map((button) => `[${button.text}${button.url ? ` ${button.url}` : ""}]`)].join("\n"),
    );
  return {
    name: `${of.account.name} on Telegram`,
    platform: "telegram",
    userId: String(id),
    ...of,
    async says(text) {
      const update = telegram.says(id, id, text);
      const waits = () => telegram.updates.pending().some(({ update_id }) => update_id === update);
      return { key: String(update), acknowledged: () => !waits(), again: async () => {} };
    },
    async presses(label) {
      telegram.presses(id, label);
    },
    seen: () => messages().map(({ text }) => text),
    link: () => /https?:\/\/[^\s\])]*(?:authorize\?|\/link\/)[^\s\])]*/.exec(words().toReversed().join("\n"))?.[0],
  };
}
