import type { Adapter, Answer, Limits } from "../../src/contracts/adapter.ts";
import type { Incoming, Place, Sent, UserRef } from "../../src/contracts/incoming.ts";
import type { Reply, Visibility } from "../../src/contracts/reply.ts";

export type Shown = {
  id: string;
  key: string;
  place: Place;
  /** The only person who sees it. */
  to?: UserRef;
  reply: Reply;
  /** Every state it was edited to, in order. */
  edits: Reply[];
};

/** A chat platform in memory that shows exactly what it was told, and fails where a test wants it to. */
export type ChatAdapter = Adapter & {
  /** Everything there is to see, oldest first; each with its newest state in `reply`. */
  readonly shown: Shown[];
  readonly deferred: { key: string; visibility: Visibility }[];
  answerTo(event: Incoming): Answer;
  /** Called before and after each thing that reaches the platform; what it throws or never resolves is the platform's doing. */
  onSend: (moment: "before" | "after", what: "reply" | "send" | "edit" | "defer") => Promise<void> | void;
};

export function createChatAdapter(
  options: {
    platform?: string;
    limits?: Partial<Limits>;
    resend?: Adapter["resend"];
    keyHoldsMs?: number;
    editable?: boolean;
    groups?: boolean;
  } = {},
): ChatAdapter {
  const { platform = "test", resend = "key", keyHoldsMs, editable = true, groups = true } = options;
  const shown: Shown[] = [];
  const deferred: ChatAdapter["deferred"] = [];

  async function post(what: "reply" | "send", key: string, place: Place, reply: Reply, to?: UserRef): Promise<Sent> {
    await adapter.onSend("before", what);
    const known =
      resend === "key" || keyHoldsMs !== undefined ? shown.find((message) => message.key === key) : undefined;
    const message = known ?? { id: `m${shown.length + 1}`, key, place, reply, edits: [], ...(to ? { to } : {}) };
    if (!known) shown.push(message);
    await adapter.onSend("after", what);
    return { platform, place, id: message.id };
  }

  const adapter: ChatAdapter = {
    platform,
    resend,
    ...(keyHoldsMs === undefined ? {} : { keyHoldsMs }),
    limits: {
      text: 4_000,
      buttonsPerRow: 5,
      buttons: 25,
      options: 25,
      buttonBytes: 64,
      editsPerMinute: 60,
      firstAnswerWithinMs: 3_000,
      ...options.limits,
    },
    shown,
    deferred,
    onSend: () => {},
    async start() {},
    answerTo(event) {
      let posts = 0;
      const to = event.direct ? undefined : event.user;
      return {
        async defer(visibility) {
          await adapter.onSend("before", "defer");
          deferred.push({ key: event.key, visibility });
        },
        reply(reply) {
          const key = posts++ === 0 ? event.key : `${event.key}#${posts}`;
          return post("reply", key, event.place, reply, reply.visibility === "private" ? to : undefined);
        },
      };
    },
    send: (to, reply, key) => post("send", key, to, reply),
    ...(groups
      ? { sendPrivate: (to: Place, user: UserRef, reply: Reply, key: string) => post("send", key, to, reply, user) }
      : {}),
    ...(editable
      ? {
          async edit(sent: Sent, reply: Reply) {
            await adapter.onSend("before", "edit");
            const message = shown.find(({ id }) => id === sent.id);
            if (!message) throw new Error(`no message ${sent.id}`);
            message.edits.push(reply);
            message.reply = reply;
            await adapter.onSend("after", "edit");
          },
        }
      : {}),
  };
  return adapter;
}
