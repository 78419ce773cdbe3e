import type { Terms } from "../../src/contracts/music.ts";
import { type Button, button } from "../../src/contracts/reply.ts";
import type { Share } from "../../src/contracts/sharing.ts";
import type { SkillContext } from "../../src/contracts/skill.ts";

type Context = Pick<
  SkillContext,
  "t" | "mine" | "music" | "here" | "sharing" | "person" | "place" | "statistics" | "rehearsal" | "locale" | "diaries"
>;

/** One line of the screen, with what switches it where that can be done at once. */
export type PrivacyRow = { name: string; value: string; button?: Button };
/** Each part of the program that keeps or shows something of a person says its own rows. */
type RowSource = (ctx: Context) => Promise<PrivacyRow[]>;

/** What a provider's terms can bar, as far as people notice it. */
const barred = [
  "derivedStatistics",
  "longStorage",
  "voiceControl",
  "sharedPlaying",
  "ai",
] as const satisfies readonly (keyof Terms)[];

export async function privacyRows(ctx: Context): Promise<PrivacyRow[]> {
  const sources: readonly RowSource[] = [recording, hiding, shares, milestones, diaries, presence, kept, terms];
  return (await Promise.all(sources.map((source) => source(ctx)))).flat();
}

async function recording({ t, mine, music }: Context): Promise<PrivacyRow[]> {
  const { recording: on, since } = await mine.standing();
  return [
    {
      name: t("row.recording"),
      value: on
        ? t("recording.on", { since: since === undefined ? "none" : t("since", { at: new Date(since) }) })
        : t("off"),
      // What a shared player plays is written down for the room, where that is decided.
      ...(on || !music.shared
        ? {
            button: button(t(on ? "button.recording_off" : "button.record"), "privacy.set", {
              what: "recording",
              state: on ? "off" : "on",
            }),
          }
        : {}),
    },
  ];
}

async function hiding({ t, mine }: Context): Promise<PrivacyRow[]> {
  const { privateUntil } = await mine.standing();
  const on = privateUntil !== undefined;
  return [
    {
      name: t("row.private"),
      value: on ? t("private.until", { until: new Date(privateUntil) }) : t("private.no"),
      button: button(t(on ? "button.private_off" : "button.private_on"), "privacy.set", {
        what: "private",
        state: on ? "off" : "on",
      }),
    },
  ];
}

/** Where others see what, each place by itself; not every platform tells how those elsewhere are called. */
async function shares({ t, sharing, person, place, locale, here }: Context): Promise<PrivacyRow[]> {
  const all = await sharing.of(person.id);
  const listed = new Intl.ListFormat(locale, { type: "conjunction" });
  const byPlace = Map.groupBy(all, ({ place: at }) => JSON.stringify([at.platform, at.tenant, at.id]));
  const row = async ([first, ...others]: Share[]): Promise<PrivacyRow[]> => {
    if (!first) return [];
    const { platform, tenant, id } = first.place;
    const isHere = platform === place.platform && tenant === place.tenant && id === place.id;
    const uses = [first, ...others].map(({ use }) => t(`use.${use}`));
    const at = new Date(Math.min(...[first, ...others].map(({ sinceAt }) => sinceAt)));
    return [
      {
        name: isHere ? t("place.here") : t("place.there", { platform: await placeTitle(here, first.place) }),
        value: `${listed.format(uses)} · ${t("since", { at })}`,
      },
    ];
  };
  const rows = (await Promise.all([...byPlace.values()].map(row))).flat();
  return rows.length > 0 ? rows : [{ name: t("row.shares"), value: t("shares.none") }];
}

/** How a place is called, with its platform. */
export async function placeTitle(here: Context["here"], place: Share["place"]): Promise<string> {
  const { platform } = place;
  const shown = platform.charAt(0).toUpperCase() + platform.slice(1);
  const name = await here.nameOf(place);
  return name === undefined ? shown : `${name}, ${shown}`;
}

/** Whether anybody but the person is told of their milestones. */
export async function milestonesSeen({ sharing, person }: Pick<Context, "sharing" | "person">): Promise<"yes" | "no"> {
  return (await sharing.of(person.id)).some(({ use }) => use === "compare") ? "yes" : "no";
}

async function milestones({ t, mine, sharing, person }: Context): Promise<PrivacyRow[]> {
  const [on, seen] = await Promise.all([mine.tellsMilestones(), milestonesSeen({ sharing, person })]);
  return [
    {
      name: t("row.milestones"),
      value: on ? t("milestones.on", { seen }) : t("off"),
      button: button(t(on ? "button.milestones_off" : "button.milestones_on"), "privacy.set", {
        what: "milestones",
        state: on ? "off" : "on",
      }),
    },
  ];
}

/** What is read from elsewhere, and what is written there. */
async function diaries({ t, diaries: all, person }: Context): Promise<PrivacyRow[]> {
  const nameOf = (id: string) => all.offered().find((each) => each.id === id)?.name ?? id;
  return (await all.of(person.id)).flatMap(({ diary: service, userName, reads, forwards }): PrivacyRow[] => {
    const diary = nameOf(service);
    return [
      ...(reads
        ? [
            {
              name: t("row.reads", { diary }),
              value: t("reads.as", { name: userName }),
              button: button(t("button.reads_off", { diary }), "diary.leave", { service }),
            },
          ]
        : []),
      ...(forwards === "off"
        ? []
        : [
            {
              name: t("row.forwards", { diary }),
              value: t("forwards.as", { name: userName, state: forwards, diary }),
              button: button(t("button.forwards_off", { diary }), "diary.forward", { service, state: "off" }),
            },
          ]),
    ];
  });
}

/** What a platform shows of its members by itself. */
async function presence({ t, diaries: all, person }: Context): Promise<PrivacyRow[]> {
  if (all.presences.length === 0) return [];
  const on = await all.presenceAllowed(person.id);
  return [
    {
      name: t("row.presence"),
      value: t(on ? "presence.on" : "off"),
      button: button(t(on ? "button.presence_off" : "button.presence_on"), "diary.presence", {
        state: on ? "off" : "on",
      }),
    },
  ];
}

/** What there is, and who told of it. */
async function kept({ t, mine, locale }: Context): Promise<PrivacyRow[]> {
  const origins = await mine.origins();
  if (origins.length === 0) return [{ name: t("row.kept"), value: t("kept.nothing") }];
  const listed = new Intl.ListFormat(locale, { type: "conjunction" });
  const count = origins.reduce((sum, { plays }) => sum + plays, 0);
  const from = listed.format(origins.map(({ name, plays }) => t("kept.origin", { origin: name, plays })));
  return [{ name: t("row.kept"), value: t("kept.plays", { count, from }) }];
}

/** What the service's terms switch off, and what the operator decided otherwise. */
async function terms({ t, music, statistics, rehearsal, locale }: Context): Promise<PrivacyRow[]> {
  const { name, terms: allowed } = music.provider;
  if (rehearsal) return [{ name: t("row.terms", { provider: name }), value: t("terms.rehearsal") }];
  const off = barred.filter((what) => !allowed[what] && !(what === "derivedStatistics" && statistics));
  const listed = new Intl.ListFormat(locale, { type: "conjunction" });
  const decided = !allowed.derivedStatistics && statistics ? [t("terms.anyway")] : [];
  if (off.length === 0 && decided.length === 0) return [];
  const value = [...(off.length > 0 ? [listed.format(off.map((what) => t(`terms.${what}`)))] : []), ...decided].join(
    ". ",
  );
  return [{ name: t("row.terms", { provider: name }), value }];
}
