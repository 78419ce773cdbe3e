import type { z } from "zod";
import type { Accounts } from "./accounts.ts";
import type { Place, UserRef } from "./incoming.ts";
import type { Need } from "./music.ts";
import type { Player } from "./player.ts";
import type { Reply, Visibility } from "./reply.ts";
import type { Reading } from "./vocabulary.ts";

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
  /** The person's browser runs on this machine. */
  local: boolean;
  locale: string;
  music: Player;
  accounts: Accounts;
  t: Translate;
  /** Unix ms at the start of the command. */
  now: number;
  signal: AbortSignal;
  /** Shows an interim answer on long work; the returned reply takes its place. */
  progress(reply: Reply): Promise<void>;
  /** Another skill's view of a subject, to put into this reply. */
  view(kind: string, key: string): Promise<Reply>;
  /** Every command there is, in the person's language. */
  commands(): { name: string; description: string; examples: string[]; intent: string }[];
};

export type SkillContext<Schemas extends ArgSchemas = ArgSchemas> = {
  [I in keyof Schemas & string]: Base & { intent: I; args: z.output<Schemas[I]>; readings: Reading[] };
}[keyof Schemas & string];

export type ViewContext = Omit<Base, "progress" | "commands">;

export type ArgSchemas = Record<string, z.ZodObject>;

/** One file in skills/ exports one of these; it returns its reply and never sends. */
export type Skill<Schemas extends ArgSchemas = ArgSchemas> = {
  name: string;
  /** Each intent with the schema of its slots: the parser, the type, and what commands are built from. */
  intents: Schemas;
  /** What the person's grant must allow. Empty: works without an account. */
  needs: readonly Need[] | ((intent: keyof Schemas & string) => readonly Need[]);
  permission?: Permission;
  visibility: Visibility;
  run(ctx: SkillContext<Schemas>): Promise<Reply>;
  /** Things that change by themselves, rendered again by core whenever their subject does. `key` names the subject. */
  views?: Record<string, (ctx: ViewContext, key: string) => Promise<Reply | undefined>>;
};

/** Keeps the schemas' types through to `run`. */
export function defineSkill<const Schemas extends ArgSchemas>(skill: Skill<Schemas>): Skill<Schemas> {
  return skill;
}
