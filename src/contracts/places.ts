import { z } from "zod";
import { type AnnounceChoice, announceChoiceSchema } from "./announce.ts";
import { permissions } from "./skill.ts";

/** Who may do something with a player that several people share: a group is named by the platform's own id of it. */
const groupPrefix = "group:";
export const roleSchema = z.union([
  z.enum(["everyone", "managers", "nobody"]),
  z
    .string()
    .max(120)
    .startsWith(groupPrefix)
    .transform((text): `group:${string}` => `group:${text.slice(groupPrefix.length)}`),
]);
export type Role = z.output<typeof roleSchema>;
export const roleOfGroup = (id: string): Role => `${groupPrefix}${id}`;
/** The platform's id of the group that a role names. */
export const groupOf = (role: Role): string | undefined =>
  role.startsWith(groupPrefix) ? role.slice(groupPrefix.length) : undefined;

/** One of the shared players of a provider. */
export const playerRefSchema = z.object({ provider: z.string().max(60), playerId: z.string().max(200) });
export type PlayerRef = z.output<typeof playerRefSchema>;

/** Whether everything is answered as each command has it, to the asker alone, openly where a shared player is meant, or not at all. */
export const answerModes = ["usual", "private", "public", "off"] as const;
export type AnswerMode = (typeof answerModes)[number];

const zoneSchema = z
  .string()
  .max(60)
  .refine((zone) => canonicalZone(zone) !== undefined);

/** What one scope says by itself; what is absent is inherited. */
export const placeChoicesSchema = z.object({
  roles: z.partialRecord(z.enum(permissions), roleSchema).default({}),
  /** "none": no shared player, whatever is inherited. */
  player: z.union([z.literal("none"), playerRefSchema]).optional(),
  answers: z.enum(answerModes).optional(),
  /** Skills by name, switched off or, against what is inherited, on. */
  skills: z.record(z.string().max(60), z.boolean()).default({}),
  locale: z.string().max(35).optional(),
  timeZone: zoneSchema.optional(),
  /** Of the very place: nothing of it is inherited. */
  announce: announceChoiceSchema.optional(),
});
export type PlaceChoices = z.output<typeof placeChoicesSchema>;

/** What holds in a place once everything is inherited. */
export type PlaceSettings = {
  roles: Record<(typeof permissions)[number], Role>;
  /** Shared players that the place was given, so that everybody in it may turn to them, in order. */
  players: PlayerRef[];
  answers: AnswerMode;
  /** Skills that are switched off, by name. */
  off: ReadonlySet<string>;
  locale?: string;
  timeZone?: string;
  announce?: AnnounceChoice;
};

/** Where a choice is kept: for the place itself, for all places of its tenant, for the whole bot. The narrower one wins. */
export const placeScopes = ["here", "tenant", "everywhere"] as const;
export type PlaceScope = (typeof placeScopes)[number];

/** `undefined` takes the choice back, so that it is inherited again. */
export type PlaceChange =
  | { role: (typeof permissions)[number]; value: Role | undefined }
  | { player: PlayerRef | "none" | undefined }
  | { answers: AnswerMode | undefined }
  | { skill: string; on: boolean | undefined }
  | { locale: string | undefined }
  | { timeZone: string | undefined }
  | { announce: AnnounceChoice | undefined };

/** The place of a command, as the skill that shows and changes its settings sees it. */
export interface PlaceDesk {
  /** What holds here, or for a wider scope what holds wherever nothing narrower says otherwise. */
  settings(scope: PlaceScope): Promise<PlaceSettings>;
  /** What the scope says by itself. */
  choices(scope: PlaceScope): Promise<PlaceChoices>;
  /** Whether the asker may change that scope. */
  may(scope: PlaceScope): Promise<boolean>;
  /** Whether the asker may say, for that scope, who may do what with the shared player. */
  mayAppoint(scope: PlaceScope): Promise<boolean>;
  /** The shared players that the asker may turn to here, given to the place or not. */
  usable(): Promise<PlayerRef[]>;
  /** Opens a shared player to another place: for the operator. Raises as `change` does. */
  give(place: { platform: string; tenant: string; id: string }, player: PlayerRef): Promise<void>;
  /** Raises Forbidden for who may not, and InvalidInput for what is not there. */
  change(scope: PlaceScope, change: PlaceChange): Promise<void>;
  /** The zone in which the asker is told times, wherever they speak to the bot; undefined takes it back. */
  ownZone(timeZone: string | undefined): Promise<void>;
  /** The groups that a role may name; empty where the platform has none or does not tell now. */
  groups(): Promise<{ id: string; name: string }[]>;
  /** Whether the asker may give a shared player to a place; taking it away is for whoever manages the place. */
  readonly givesPlayers: boolean;
  /** Every shared player there is. */
  readonly players: readonly (PlayerRef & { name: string })[];
  /** Whether anybody can link an account of their own. */
  readonly linkable: boolean;
  /** Skills that may be switched off, in the order help shows them. */
  readonly skills: readonly { name: string; title: string }[];
  readonly locales: readonly string[];
  /** How a place is called, where its platform has told it. */
  nameOf(place: { platform: string; tenant: string; id: string }): Promise<string | undefined>;
  /** True for the first caller since the bot came to this place. */
  greetOnce(): Promise<boolean>;
  /** Everything kept of the place goes on under another id of its tenant; what was chosen there meanwhile stays. */
  moveTo(id: string): Promise<void>;
  /** Removes what is kept of the place, or of its whole tenant where the place's id is the tenant's, or empty. */
  forget(): Promise<void>;
}

/** The zone's name as this runtime knows it, aliases resolved; undefined when there is none of that name. */
export function canonicalZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name.trim() }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
