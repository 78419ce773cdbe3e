import { lanes } from "../../src/contracts/music.ts";
import type { Block } from "../../src/contracts/reply.ts";
import type { SkillContext, Translate } from "../../src/contracts/skill.ts";
import type { ProgramStatus, WatchedStatus } from "../../src/contracts/status.ts";

type Asked = Pick<SkillContext, "person" | "mine" | "music" | "status" | "now" | "t">;
type Section = { heading: string; lines: string[] };

const dayMs = 24 * 60 * 60_000;
const weekMs = 7 * dayMs;
const hourMs = 60 * 60_000;
/** Watched people that an operator is shown; five have accounts. */
const mostWatched = 20;

/** How the program stands, under headings: for the operator all of it, for others what is theirs, and sums. */
export async function programStatus(asked: Asked): Promise<{ lines: string[]; blocks: Block[] }> {
  const status = await asked.status();
  const sections = [callsOf(status, asked), await listening(status, asked)].filter(({ lines }) => lines.length > 0);
  return {
    lines: sections.flatMap(({ heading, lines }) => [heading, ...lines]),
    blocks: sections.flatMap(({ heading, lines }): Block[] => [
      { type: "heading", text: heading },
      { type: "text", text: lines.join("\n") },
    ]),
  };
}

function callsOf({ calls }: ProgramStatus, { now, t }: Asked): Section {
  const { used, daily, byLane, looks, roomAt, waiting, closed } = calls;
  const heading = t("program.calls");
  // Where nothing is limited and nothing was asked there is nothing to say.
  if (daily === undefined && used === 0) return { heading, lines: [] };
  const spent = lanes
    .filter((lane) => (byLane[lane] ?? 0) > 0)
    .map((lane) => t("program.lane", { lane, calls: byLane[lane] ?? 0 }));
  return {
    heading,
    lines: [
      t("program.used", { used, daily: daily ?? 0, limited: daily === undefined ? "no" : "yes" }),
      ...(spent.length > 0 ? [t("program.for", { what: spent.join(", ") })] : []),
      ...(roomAt !== undefined && daily !== undefined && used >= daily
        ? [t("program.room", { when: moment(roomAt + dayMs, now, t) })]
        : []),
      ...(waiting > 0 ? [t("program.waiting", { calls: waiting })] : []),
      ...closed.map(({ group, untilAt }) =>
        t("program.closed", { all: group === "*" ? "yes" : "no", group, when: moment(untilAt, now, t) }),
      ),
      ...(looks.length > 0 ? [t("program.order")] : []),
      ...looks.map(
        ({ purpose, standing, calls: count }, at) =>
          `${at + 1}. ${t("program.look", { purpose, standing, calls: count })}`,
      ),
    ],
  };
}

async function listening({ watched, imports }: ProgramStatus, asked: Asked): Promise<Section> {
  const { person, music, t } = asked;
  const mine = watched.filter(({ personId }) => personId === person.id);
  const shown = person.operator ? watched.slice(0, mostWatched) : mine;
  const reading = imports.filter(({ personId }) => person.operator || personId === person.id);
  return {
    heading: t("program.listening"),
    lines: [
      // Whoever has only a shared player hears nothing of their own.
      ...(music.shared && mine.length === 0 ? [] : await written(asked)),
      ...shown.map((each) => watchedLine(each, asked)),
      ...reading.map(({ share }) => t("program.import", { share: Math.floor(share * 100) })),
    ],
  };
}

/** Whether what they hear is written down, since when, and what is missing. */
async function written({ mine, now, t }: Asked): Promise<string[]> {
  const [{ recording, firstAt, privateUntil }, gaps] = await Promise.all([
    mine.standing(),
    mine.gaps({ fromAt: now - weekMs, untilAt: now }),
  ]);
  const unknownMs = gaps.reduce(
    (sum, { fromAt, untilAt }) => sum + Math.min(untilAt, now) - Math.max(fromAt, now - weekMs),
    0,
  );
  return [
    recording
      ? t("program.recording", { known: firstAt === undefined ? "no" : "yes", since: new Date(firstAt ?? now) })
      : t("program.not_recording"),
    ...(privateUntil === undefined ? [] : [t("program.private", { when: moment(privateUntil, now, t) })]),
    ...(recording && unknownMs >= hourMs ? [t("program.gaps", { hours: Math.round(unknownMs / hourMs) })] : []),
  ];
}

function watchedLine(
  { personId, name, state, source, known, nextLookAt }: WatchedStatus,
  { person, now, t }: Asked,
): string {
  return t("program.watched", {
    whose: personId === person.id ? "mine" : "other",
    name: name ?? "?",
    state,
    source: source ?? "?",
    known,
    next: nextLookAt === undefined || nextLookAt <= now ? "none" : moment(nextLookAt, now, t),
  });
}

/** A time to come, with its day where that is not today's next. */
function moment(at: number, now: number, t: Translate): string {
  return t(at - now < dayMs ? "program.time" : "program.day", { at: new Date(at) });
}
