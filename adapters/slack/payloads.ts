import { z } from "zod";

/** Only what is read of what the platform sends; everything else may change. */
const id = z.string().min(1).max(64);
const stamp = z.string().regex(/^\d{1,12}(\.\d{1,9})?$/);
const words = z.string().max(60_000);

const fileSchema = z.object({
  id,
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
  subtype: z.string().nullish(),
  duration_ms: z.number().nullish(),
});

const attachmentSchema = z.object({
  title: words.nullish(),
  title_link: words.nullish(),
  from_url: words.nullish(),
  fallback: words.nullish(),
});

/** A message that somebody wrote, as events, shortcuts and conversations.replies show it. */
export const messageSchema = z.object({
  text: words.nullish(),
  user: id.nullish(),
  bot_id: id.nullish(),
  ts: stamp.nullish(),
  thread_ts: stamp.nullish(),
  files: z.array(fileSchema).nullish(),
  attachments: z.array(attachmentSchema).nullish(),
});
export type Message = z.output<typeof messageSchema>;

const eventSchema = z.discriminatedUnion("type", [
  messageSchema.extend({
    type: z.literal("message"),
    channel: id,
    channel_type: z.string().nullish(),
    subtype: z.string().nullish(),
    event_ts: stamp,
  }),
  messageSchema.extend({ type: z.literal("app_mention"), channel: id, event_ts: stamp }),
  z.object({ type: z.literal("app_home_opened"), user: id, channel: id, tab: z.string(), event_ts: stamp }),
  z.object({
    type: z.literal("member_joined_channel"),
    user: id,
    channel: id,
    inviter: id.nullish(),
    event_ts: stamp,
  }),
  z.object({ type: z.literal("channel_left"), channel: id, actor_id: id.nullish(), event_ts: stamp }),
  z.object({ type: z.literal("group_left"), channel: id, actor_id: id.nullish(), event_ts: stamp }),
  z.object({
    type: z.literal("link_shared"),
    user: id,
    channel: z.string(),
    message_ts: z.string().max(100),
    thread_ts: stamp.nullish(),
    links: z.array(z.object({ url: z.string().max(3_000) })).min(1),
    event_ts: stamp,
  }),
]);
export type Event = z.output<typeof eventSchema>;
/** The events that are understood: the manifest subscribes to these. */
export const eventNames = eventSchema.options.map((option) => option.shape.type.value);

const team = z.object({ id }).nullish();
const user = z.object({ id, name: z.string().nullish(), username: z.string().nullish(), team_id: id.nullish() });
const channel = z.object({ id });
const address = z.string().max(2_000);
const trigger = z.string().max(200);

const eventCallback = z.object({
  type: z.literal("event_callback"),
  team_id: id,
  event_id: id,
  event: eventSchema,
});
const slashCommand = z.object({
  command: z.string(),
  text: words.default(""),
  team_id: id,
  channel_id: id,
  user_id: id,
  user_name: z.string().nullish(),
  response_url: address.nullish(),
  trigger_id: trigger,
});
const blockActions = z.object({
  type: z.literal("block_actions"),
  team,
  user,
  channel: channel.nullish(),
  container: z.object({
    type: z.string(),
    message_ts: stamp.nullish(),
    thread_ts: stamp.nullish(),
    is_ephemeral: z.boolean().nullish(),
  }),
  view: z.object({ id, type: z.string() }).nullish(),
  message: z.object({ ts: stamp.nullish(), thread_ts: stamp.nullish() }).nullish(),
  actions: z
    .array(
      z.object({
        action_id: z.string(),
        block_id: z.string().nullish(),
        value: z.string().nullish(),
        selected_option: z.object({ value: z.string() }).nullish(),
        action_ts: stamp,
      }),
    )
    .min(1),
  response_url: address.nullish(),
  trigger_id: trigger,
});
const messageAction = z.object({
  type: z.literal("message_action"),
  callback_id: z.string(),
  team,
  user,
  channel,
  message: messageSchema,
  response_url: address.nullish(),
  action_ts: stamp,
});
const globalShortcut = z.object({
  type: z.literal("shortcut"),
  callback_id: z.string(),
  team,
  user,
  trigger_id: trigger,
  action_ts: stamp,
});
const viewSubmission = z.object({
  type: z.literal("view_submission"),
  team,
  user,
  view: z.object({
    id,
    hash: z.string(),
    callback_id: z.string(),
    private_metadata: z.string(),
    state: z.object({
      values: z.record(
        z.string(),
        z.record(
          z.string(),
          z.object({ value: z.string().nullish(), selected_option: z.object({ value: z.string() }).nullish() }),
        ),
      ),
    }),
  }),
});

export const bodySchema = z.union([
  z.discriminatedUnion("type", [eventCallback, blockActions, messageAction, globalShortcut, viewSubmission]),
  slashCommand,
]);
export type Body = z.output<typeof bodySchema>;
