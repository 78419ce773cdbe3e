import type { z } from "zod";
import type { Accounts } from "./accounts.ts";
import type { Announcements } from "./announce.ts";
import type { Company } from "./company.ts";
import type { Diaries } from "./diaries.ts";
import type { Digests } from "./digests.ts";
import type { Erasing } from "./erasing.ts";
import type { OwnHistory } from "./history.ts";
import type { HistoryFiles } from "./history-files.ts";
import type { Place, UserRef } from "./incoming.ts";
import type { MissStore } from "./message-store.ts";
import type { Need } from "./music.ts";
import type { Pictures } from "./pictures.ts";
import type { PlaceDesk } from "./places.ts";
import type { Player } from "./player.ts";
import type { Form, Reply, Visibility } from "./reply.ts";
import type { Sharing } from "./sharing.ts";
import type { Slots } from "./slots.ts";
import type { ReadStatus } from "./status.ts";
import type { Command, Reading, SlotValues } from "./vocabulary.ts";
import type { Watching } from "./watching.ts";

/** Roles per place for shared players; a person has all of them over their own player. */
export const permissions = ["read", "playback", "queue", "playlist", "device", "worker"] as const;
export type Permission = (typeof permissions)[number];

/** Words of the skill's own locale file (`replies`), or of the shared one. Values are plain; ICU MessageFormat does the rest. */
export type Translate = (key: string, values?: Record<string, string | number | boolean | Date>) => string;

type Base = {
  person: { id: string; operator: boolean; timeZone?: string };
  user: UserRef;
  userName: string;
  place: Place;
  direct: boolean;
  /** Settings of the place, and who may change them. */
  here: PlaceDesk;
  /** The person's browser runs on this machine. */
  local: boolean;
  locale: string;
  music: Player;
  accounts: Accounts;
  /** What was heard: by the asker, or on the shared player that the command goes to. */
  history: OwnHistory;
  /** What the asker heard, whatever player the command goes to. */
  mine: OwnHistory;
  /** False where a provider's terms bar sums and charts of what it tells, and the operator has not decided otherwise. */
  statistics: boolean;
  /** The music service is a false one, without terms of its own. */
  rehearsal: boolean;
  /** What people let places see of what they hear. */
  sharing: Sharing;
  /** Whoever lets this place compare what they hear. */
  company: Company;
  /** Everything that is kept of a person, deleted. */
  erasing: Pick<Erasing, "erase">;
  /** What places are told of it. */
  announcements: Announcements;
  /** Sums and charts of a time that is over, for places and people who want them. */
  digests: Digests;
  /** Pictures that are drawn here. */
  pictures: Pictures;
  /** Watching by hand what the player of the command does. */
  watching: Watching;
  /** Services where people keep a diary of what they hear: read, and written to. */
  diaries: Diaries;
  /** Who may link an account, where a provider lets only so many in. */
  slots: Slots;
  /** Files of listening that the asker brings and takes away. */
  files: HistoryFiles;
  /** How the program stands: calls, what waits, who is watched. */
  status: ReadStatus;
  /** What was said to the bot and not understood; `kept` is false where nothing is. */
  misses: Pick<MissStore, "list" | "clear"> & { kept: boolean };
  t: Translate;
  /** Unix ms at the start of the command. */
  now: number;
  signal: AbortSignal;
  /** A name for this command that is the same when it is run a second time after a crash, and never that of another. */
  key(): Promise<string>;
  /** What the person asked here before: in which words, where it came as words, and what they were taken to mean. */
  asked(): Promise<{ heard?: string; commands: Command[] } | undefined>;
  /** Shows an interim answer on long work; the returned reply takes its place. */
  progress(reply: Reply): Promise<void>;
  /** Raises Forbidden("role") where the player is shared and the person may not do this with it here. */
  permit(permission: Permission): Promise<void>;
  /** Another skill's view of a subject, to put into this reply. `led`: under words that say what was done. */
  view(kind: string, key: string, options?: { led?: boolean }): Promise<Reply>;
  /** Tells what the wish came to, for what may be said of it next. */
  cameTo(outcome: Outcome): void;
  /** Every command there is, in the person's language, grouped by skill in the order help shows them. */
  commands(): CommandInfo[];
};

/** What a wish came to. */
export type Outcome = {
  /** The thing by its name, where the words were none ("our song"): "the live version" is one of this. */
  named?: SlotValues;
  /** What else it could have been, best first, and what was taken at the end: "the other one" goes round them. */
  others: Command[];
};

/** `group` is the title under which the skill's commands are shown. */
export type CommandInfo = {
  intent: string;
  skill: string;
  group: string;
  name: string;
  description: string;
  examples: string[];
  /** Where help shows the group; one without stands by itself. */
  section?: HelpSection;
  /** Whom help shows it to, where that is not everybody. */
  shownTo?: ShownTo;
};

export const helpSections = ["play", "control", "players", "library", "you", "bot"] as const;
export type HelpSection = (typeof helpSections)[number];
/** `nobody`: it is told of where it is needed, and says nothing to anybody elsewhere. */
export type ShownTo = "managers" | "operator" | "nobody";

export type SkillContext<Schemas extends ArgSchemas = ArgSchemas> = {
  [I in keyof Schemas & string]: Base & { intent: I; args: z.output<Schemas[I]>; readings: Reading[] };
}[keyof Schemas & string];

/** A view is rendered long after the message that asked for it: only its row and its subject are known. */
export type ViewContext = Pick<
  Base,
  | "person"
  | "place"
  | "locale"
  | "music"
  | "accounts"
  | "company"
  | "t"
  | "now"
  | "signal"
  | "permit"
  | "view"
  | "announcements"
  | "digests"
  | "pictures"
> & { led: boolean; files: Pick<HistoryFiles, "state"> };

export type ArgSchemas = Record<string, z.ZodObject>;

/** One file in skills/ exports one of these; it returns its reply and never sends. */
export type Skill<Schemas extends ArgSchemas = ArgSchemas> = {
  name: string;
  /** Each intent with the schema of its slots: the parser, the type, and what commands are built from. */
  intents: Schemas;
  /** What the person's grant must allow. Empty: works without an account. */
  needs: readonly Need[] | ((intent: keyof Schemas & string) => readonly Need[]);
  /** Where only some of what an intent does needs that grant: the skill asks `accounts.require` by itself. */
  requires?: "itself";
  /** Asked only on a shared player. One that holds for all intents holds for what the skill's views show, too. */
  permission?: Permission | ((intent: keyof Schemas & string) => Permission);
  /** Speaks of the conversation, and is not remembered as a part of it: what was asked before stays what was asked last. */
  aside?: boolean;
  /** Only of use where people have accounts to link. */
  linking?: boolean;
  /** Who sees answers; errors and questions are private whatever this says. */
  visibility: Visibility | ((intent: keyof Schemas & string) => Visibility);
  /** Commands that only those who may change the place's settings can give; others need not be offered them. */
  managers?: readonly (keyof Schemas & string)[];
  /** What help shows to the operator alone, or to nobody. */
  shownTo?: Partial<Record<keyof Schemas & string, ShownTo>>;
  /** Where help shows its commands. */
  section?: HelpSection;
  /** Presses of these that follow each other do not wait for one another: the player makes one act of those that come at once. */
  together?: readonly (keyof Schemas & string)[];
  /** Undefined: nothing is said. */
  run(ctx: SkillContext<Schemas>): Promise<Reply | undefined>;
  /**
   * Typed text that means this skill whatever language would make of it: a pasted address, a code. Runs on every text, so it
   * must be quick and look at the text alone. The slots of what is `secret` are never written down; what is `unasked` is heard
   * among others too, where nobody spoke to the bot.
   */
  hears?(
    text: string,
    accounts: Accounts,
  ): { intent: string; slots: Record<string, unknown>; secret: boolean; unasked?: boolean } | undefined;
  /** Slots that are never written down, by whatever way they come. */
  secrets?: readonly string[];
  /** Things that change by themselves, rendered again by core whenever their subject does. `key` names the subject. */
  views?: Record<string, (ctx: ViewContext, key: string) => Promise<Reply | undefined>>;
  /** What a button with `form` asks before its intent is run, on platforms that have forms. */
  forms?: Partial<Record<keyof Schemas & string, (ctx: ViewContext) => Promise<Form | undefined>>>;
};

/**
 * Checks a skill against its own schemas, then forgets them: the registry holds skills of every shape, and calls each with
 * its own intents and parsed slots only.
 */
export function defineSkill<const Schemas extends ArgSchemas>(skill: Skill<Schemas>): Skill {
  return skill as unknown as Skill;
}
