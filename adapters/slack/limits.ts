import type { Limits } from "../../src/contracts/adapter.ts";

/** Numbers of the platform; README.md names the vendor's page of each. */
export const limits: Limits = {
  text: 12_000,
  buttonsPerRow: 25,
  buttons: 50,
  options: 100,
  buttonBytes: 2_000,
  editsPerMinute: 40,
  firstAnswerWithinMs: 3_000,
  // Ours: so much can be given back to the bot.
  fileBytes: 25 * 1024 * 1024,
};

/** https://docs.slack.dev/reference/block-kit/blocks and …/block-elements, …/composition-objects */
export const kit = {
  blocks: { message: 50, unfurl: 50, home: 100, modal: 100 },
  fallback: 4_000,
  header: 150,
  section: 3_000,
  context: 2_000,
  /** Ours: an entry of a list, a field, what a picture shows. */
  listed: 300,
  address: 3_000,
  actions: 25,
  buttonLabel: 75,
  spoken: 75,
  placeholder: 150,
  optionLabel: 75,
  optionBytes: 150,
  modalTitle: 24,
  inputLabel: 2_000,
  input: 3_000,
  metadata: 3_000,
} as const;

/** A method's own limit: `burst` calls at once, one more every `everyMs` (https://docs.slack.dev/apis/web-api/rate-limits). */
export type Rate = { burst: number; everyMs: number };

/** Burst and steady calls of a minute together stay within the tier: 20, 50 and 100 a minute. */
const tier = {
  2: { burst: 4, everyMs: 3_750 },
  3: { burst: 8, everyMs: 1_430 },
  4: { burst: 20, everyMs: 750 },
} satisfies Record<number, Rate>;

/** About one message a second and channel, short bursts allowed. */
const perChannel: Rate = { burst: 3, everyMs: 1_000 };

/** Every method that is called, and nothing else: the manifest's scopes follow from it. */
export const methods = {
  "auth.test": tier[4],
  "chat.delete": tier[3],
  "chat.postEphemeral": perChannel,
  "chat.postMessage": perChannel,
  "chat.unfurl": tier[3],
  "chat.update": tier[3],
  "conversations.info": tier[3],
  "conversations.open": tier[3],
  "conversations.replies": tier[3],
  "files.completeUploadExternal": tier[4],
  "files.getUploadURLExternal": tier[4],
  "files.info": tier[4],
  "usergroups.list": tier[2],
  "users.info": tier[4],
  "views.open": tier[4],
  "views.publish": tier[4],
  "views.push": tier[4],
  "views.update": tier[4],
} satisfies Record<string, Rate>;
export type Method = keyof typeof methods;
