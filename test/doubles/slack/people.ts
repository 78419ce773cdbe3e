import type { Envelope, Outcome } from "./delivery.ts";
import { controls, seenBy, words } from "./seen.ts";
import { type Channel, directChatOf, type KeptMessage, type Member, type World } from "./world.ts";

type Where = { channel: string; thread?: string };

/** What people do in the workspace, with the payloads the platform makes of it. Each resolves with the app's acknowledgement. */
export type PeopleOfSlack = {
  person(name: string, more?: Partial<Member>): Member;
  channel(name: string, members: Member[], more?: Partial<Channel> & { bot?: boolean }): Channel;
  directChat(person: Member): Channel;
  /** Writes a message as anybody would; the app hears of it only by the events it subscribed to. */
  writes(person: Member, where: Where, text: string): KeptMessage;
  says(person: Member, text: string, more?: { thread?: string; files?: Record<string, unknown>[] }): Promise<Outcome>;
  mentions(person: Member, where: Where, text: string): Promise<Outcome>;
  slash(person: Member, where: Where, text: string): Promise<Outcome>;
  presses(person: Member, where: Where, label: string): Promise<Outcome>;
  pressesAtHome(person: Member, label: string): Promise<Outcome>;
  /** In the window on top. */
  pressesInWindow(person: Member, label: string): Promise<Outcome>;
  closesWindow(person: Member): void;
  /** The words of the windows that are open, the one on top last. */
  windows(person: Member): string[];
  submits(person: Member, values: Record<string, string>): Promise<Outcome>;
  opensHome(person: Member): Promise<Outcome>;
  shortcut(person: Member, callbackId: string): Promise<Outcome>;
  messageShortcut(person: Member, callbackId: string, message: KeptMessage): Promise<Outcome>;
  postsLink(person: Member, where: Where, url: string): Promise<Outcome>;
  invitesBot(person: Member, channel: Channel): Promise<Outcome>;
  removesBot(person: Member, channel: Channel): Promise<Outcome>;
  seen(person: Member, channel: Channel): string[];
  event(event: Record<string, unknown>): Promise<Outcome>;
};

export function createPeople(world: World, deliver: (envelope: Envelope) => Promise<Outcome>): PeopleOfSlack {
  const trigger = (user: string) => {
    const id = `${world.nextId("")}.${world.team}.${world.nextId("")}`;
    world.triggers.set(id, { user, at: world.clock.now(), used: false });
    return id;
  };
  const responseUrl = (of: { channel: string; user: string; message?: string; threadTs?: string }) => {
    const id = world.nextId("R");
    world.responseUrls.set(id, { ...of, at: world.clock.now(), used: 0 });
    return `${world.origin}/commands/${id}`;
  };
  const who = (person: Member) => ({ id: person.id, username: person.name, name: person.name, team_id: world.team });
  const team = { id: world.team, domain: "work" };
  const threadTs = (ts: string | undefined) => (ts === undefined ? {} : { thread_ts: ts });
  const interactive = (payload: Record<string, unknown>) =>
    deliver({ kind: "interactive", payload: { team, api_app_id: world.appId, token: "legacy", ...payload } });
  const event = (inner: Record<string, unknown>) =>
    deliver({
      kind: "events_api",
      payload: {
        token: "legacy",
        team_id: world.team,
        api_app_id: world.appId,
        event: { event_ts: world.nextTs(), ...inner },
        type: "event_callback",
        event_id: world.nextId("Ev"),
        event_time: Math.floor(world.clock.now() / 1000),
        authorizations: [{ enterprise_id: null, team_id: world.team, user_id: world.botUser, is_bot: true }],
        is_ext_shared_channel: false,
      },
    });

  function writes(person: Member, where: Where, text: string, files?: Record<string, unknown>[]): KeptMessage {
    const message: KeptMessage = {
      channel: where.channel,
      ts: world.nextTs(),
      author: person.id,
      text,
      blocks: [],
      unfurled: new Map(),
      ...(where.thread === undefined ? {} : { threadTs: where.thread }),
      ...(files === undefined ? {} : { files }),
    };
    world.messages.push(message);
    return message;
  }

  const written = (message: KeptMessage, person: Member) => ({
    user: person.id,
    text: message.text,
    ts: message.ts,
    channel: message.channel,
    event_ts: message.ts,
    team: world.team,
    ...threadTs(message.threadTs),
    ...(message.files === undefined ? {} : { files: message.files, subtype: "file_share" }),
  });

  function press(person: Member, found: ReturnType<typeof controls>[number], more: Record<string, unknown>) {
    const option = { text: { type: "plain_text", text: found.label }, value: found.value };
    return interactive({
      type: "block_actions",
      user: who(person),
      trigger_id: trigger(person.id),
      actions: [
        {
          action_id: found.action_id,
          block_id: found.block_id,
          type: found.type,
          action_ts: world.nextTs(),
          ...(found.type === "button" ? { value: found.value, text: option.text } : { selected_option: option }),
        },
      ],
      ...more,
    });
  }

  return {
    person(name, more = {}) {
      const member = {
        id: world.nextId("U"),
        name,
        displayName: name,
        locale: "en-US",
        zone: "America/Los_Angeles",
        admin: false,
        ...more,
      };
      world.people.set(member.id, member);
      return member;
    },
    channel(name, members, more = {}) {
      const { bot = true, ...rest } = more;
      const channel: Channel = {
        id: world.nextId("C"),
        name,
        kind: "public",
        creator: members[0]?.id ?? world.botUser,
        members: new Set([...members.map(({ id }) => id), ...(bot ? [world.botUser] : [])]),
        archived: false,
        ...rest,
      };
      world.channels.set(channel.id, channel);
      return channel;
    },
    directChat: (person) => directChatOf(world, person.id),
    writes,
    event,
    says(person, text, more = {}) {
      const chat = directChatOf(world, person.id);
      const message = writes(
        person,
        { channel: chat.id, ...(more.thread ? { thread: more.thread } : {}) },
        text,
        more.files,
      );
      return event({ type: "message", channel_type: "im", ...written(message, person) });
    },
    mentions(person, where, text) {
      const message = writes(person, where, `<@${world.botUser}> ${text}`);
      return event({ type: "app_mention", ...written(message, person) });
    },
    slash(person, where, text) {
      const channel = world.channels.get(where.channel);
      return deliver({
        kind: "slash_commands",
        payload: {
          token: "legacy",
          team_id: world.team,
          team_domain: "work",
          channel_id: where.channel,
          channel_name: channel?.name ?? "",
          user_id: person.id,
          user_name: person.name,
          command: "/segue",
          text,
          api_app_id: world.appId,
          is_enterprise_install: "false",
          response_url: responseUrl({ channel: where.channel, user: person.id }),
          trigger_id: trigger(person.id),
        },
      });
    },
    presses(person, where, label) {
      const visible = world.messages.filter(
        (each) => each.channel === where.channel && (each.onlyFor === undefined || each.onlyFor === person.id),
      );
      for (const message of visible.reverse()) {
        const found = controls(message.blocks).find((each) => each.label === label);
        if (!found) continue;
        const ephemeral = message.onlyFor !== undefined;
        return press(person, found, {
          channel: { id: message.channel, name: world.channels.get(message.channel)?.name },
          container: {
            type: "message",
            message_ts: message.ts,
            channel_id: message.channel,
            is_ephemeral: ephemeral,
            ...threadTs(message.threadTs),
          },
          // An ephemeral message is not told again with its press.
          ...(ephemeral
            ? {}
            : { message: { type: "message", ts: message.ts, bot_id: world.botId, ...threadTs(message.threadTs) } }),
          response_url: responseUrl({
            channel: message.channel,
            user: person.id,
            message: message.ts,
            ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
          }),
        });
      }
      throw new Error(`nothing to press is called ${label}`);
    },
    pressesAtHome(person, label) {
      const found = controls(world.homes.get(person.id)).find((each) => each.label === label);
      if (!found) throw new Error(`nothing to press is called ${label}`);
      return press(person, found, {
        container: { type: "view", view_id: `V${person.id}` },
        view: { id: `V${person.id}`, type: "home" },
      });
    },
    pressesInWindow(person, label) {
      const modal = world.modals.get(person.id)?.at(-1);
      const found = controls(modal?.view.blocks).find((each) => each.label === label);
      if (!modal || !found) throw new Error(`nothing to press is called ${label}`);
      return press(person, found, {
        container: { type: "view", view_id: modal.id },
        view: { id: modal.id, type: "modal" },
      });
    },
    closesWindow: (person) => void world.modals.get(person.id)?.pop(),
    windows: (person) => (world.modals.get(person.id) ?? []).map(({ view }) => words(view.blocks).join("\n")),
    submits(person, values) {
      const modal = world.modals.get(person.id)?.pop();
      if (!modal) throw new Error("no form is open");
      const blocks = modal.view.blocks as unknown as {
        block_id: string;
        element: { type: string; action_id: string };
      }[];
      const state = blocks.map(({ block_id, element }) => {
        const value = values[block_id];
        const given =
          element.type === "static_select"
            ? { selected_option: value === undefined ? null : { value } }
            : { value: value ?? null };
        return [block_id, { [element.action_id]: { type: element.type, ...given } }];
      });
      return interactive({
        type: "view_submission",
        user: who(person),
        trigger_id: trigger(person.id),
        view: { id: modal.id, hash: modal.hash, ...modal.view, state: { values: Object.fromEntries(state) } },
        response_urls: [],
      });
    },
    opensHome: (person) =>
      event({ type: "app_home_opened", user: person.id, channel: directChatOf(world, person.id).id, tab: "home" }),
    shortcut: (person, callbackId) =>
      interactive({
        type: "shortcut",
        callback_id: callbackId,
        user: who(person),
        trigger_id: trigger(person.id),
        action_ts: world.nextTs(),
      }),
    messageShortcut: (person, callbackId, message) =>
      interactive({
        type: "message_action",
        callback_id: callbackId,
        user: who(person),
        trigger_id: trigger(person.id),
        channel: { id: message.channel, name: world.channels.get(message.channel)?.name },
        message_ts: message.ts,
        message: {
          type: "message",
          user: message.author,
          ts: message.ts,
          text: message.text,
          ...threadTs(message.threadTs),
        },
        response_url: responseUrl({
          channel: message.channel,
          user: person.id,
          ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
        }),
        action_ts: world.nextTs(),
      }),
    postsLink(person, where, url) {
      const message = writes(person, where, `<${url}>`);
      return event({
        type: "link_shared",
        user: person.id,
        channel: where.channel,
        message_ts: message.ts,
        links: [{ domain: new URL(url).hostname, url }],
        source: "conversations_history",
        unfurl_id: `${where.channel}.${message.ts}`,
        is_bot_user_member: world.channels.get(where.channel)?.members.has(world.botUser) ?? false,
        ...threadTs(where.thread),
      });
    },
    invitesBot(person, channel) {
      channel.members.add(world.botUser);
      return event({
        type: "member_joined_channel",
        user: world.botUser,
        channel: channel.id,
        channel_type: "C",
        team: world.team,
        inviter: person.id,
      });
    },
    removesBot(person, channel) {
      channel.members.delete(world.botUser);
      return event({
        type: channel.kind === "public" ? "channel_left" : "group_left",
        channel: channel.id,
        actor_id: person.id,
      });
    },
    seen: (person, channel) => seenBy(world, channel.id, person.id),
  };
}
