import type { DiaryInfo } from "../../src/contracts/diaries.ts";
import { isSegueError } from "../../src/contracts/errors.ts";
import { fold } from "../../src/contracts/fold.ts";
import { type Reply, say } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";

const bare = (text: string): string => fold(text).replaceAll(" ", "");

/** The diary that somebody means: "last.fm", "LastFM", "last fm". */
export function diaryNamed(offered: readonly DiaryInfo[], said: string | undefined): DiaryInfo | undefined {
  if (said === undefined) return undefined;
  return offered.find(({ id, name }) => id === said || bare(name) === bare(said));
}

/** The same of words that go on: "listenbrainz rob" is a diary and the name there. */
export function diaryAndRest(
  offered: readonly DiaryInfo[],
  said: string | undefined,
): { diary: DiaryInfo; rest: string | undefined } | undefined {
  const words = said?.trim().split(/\s+/) ?? [];
  for (let count = words.length; count > 0; count--) {
    const diary = diaryNamed(offered, words.slice(0, count).join(" "));
    if (diary) return { diary, rest: words.slice(count).join(" ") || undefined };
  }
  return undefined;
}

/** What a diary does not answer, or refuses, in words of the skill; `field` names what was given. */
export async function asking(work: () => Promise<Reply>, diary: DiaryInfo, t: Translate, given = ""): Promise<Reply> {
  const wrong = (key: string) => say(t(key, { diary: diary.name, given }), undefined, { kind: "error" });
  try {
    return await work();
  } catch (error) {
    if (isSegueError(error, "NotFound") && error.details.what === "diary_user") return wrong("unknown_user");
    if (isSegueError(error, "Restricted")) return wrong("hidden_user");
    if (
      isSegueError(error, "RateLimited") ||
      isSegueError(error, "QuotaExceeded") ||
      isSegueError(error, "Unavailable")
    )
      return wrong("busy");
    throw error;
  }
}
