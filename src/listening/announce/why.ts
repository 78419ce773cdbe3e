import { type Announcements, type Hindrance, usualCardsPerDay } from "../../contracts/announce.ts";
import type { Clock } from "../../contracts/clock.ts";
import type { ErrorCode } from "../../contracts/errors.ts";
import type { ListenerKey, NowPlaying } from "../../contracts/listening.ts";
import type { Posts } from "../../contracts/posts.ts";
import type { ShareSpot } from "../../contracts/sharing.ts";
import type { Audience, PlaceFacts } from "./audience.ts";
import { type Cards, dayMs, postOf, spotKey } from "./cards.ts";

/** Why a post is given up whose view shows nothing by then. */
const nothingToSay: ErrorCode = "NotFound";

/** Looks at everything that a card passes before it is posted, in that order. */
export function createWhy(parts: {
  posts: Posts;
  cards: Cards;
  audience: Audience;
  place(spot: ShareSpot): Promise<PlaceFacts>;
  quiet(listener: ListenerKey, facts: PlaceFacts): Promise<{ here: number | undefined; own: number | undefined }>;
  linked(): Promise<readonly string[]>;
  privateUntil(listener: ListenerKey): Promise<number | undefined>;
  clock: Clock;
}): (
  place: ShareSpot,
  listener: ListenerKey,
  current: (listener: ListenerKey) => NowPlaying | undefined,
) => ReturnType<Announcements["why"]> {
  const { posts, cards, audience, clock } = parts;

  /** The place has had as many as it wants. */
  async function spent(place: ShareSpot, { announce }: PlaceFacts): Promise<Hindrance[]> {
    const most = announce?.cardsPerDay ?? usualCardsPerDay;
    const made = await cards.madeSince(place, clock.now() - dayMs, most);
    const [first] = made;
    return first !== undefined && made.length >= most ? [{ why: "budget", cards: most, until: first + dayMs }] : [];
  }

  /** What became of the newest card. */
  async function delivered(place: ShareSpot, listener: ListenerKey): Promise<Hindrance[]> {
    if (posts.outage(place)) return [{ why: "unreachable" }];
    const last = await cards.last(listener, place);
    const state = last && (await posts.state(postOf(last.id)));
    // Over before it could be posted: nobody refused anything.
    if (state?.status === "dead" && last?.status !== "live" && state.why === nothingToSay) return [];
    if (state?.status === "dead") return [{ why: "refused", error: state.why }];
    return state?.status === "unconfirmed" ? [{ why: "unconfirmed" }] : [];
  }

  return async (place, listener, current) => {
    const facts = await parts.place(place);
    const personId = audience.personOf(listener);
    const allowed = (await audience.allowedBy(listener)).some((spot) => spotKey(spot) === spotKey(place));
    const hiddenUntil = await parts.privateUntil(listener);
    const { here, own } = await parts.quiet(listener, facts);
    const linked = personId === undefined || (await parts.linked()).includes(personId);
    const standing = cards.at(listener, place);
    const now = current(listener);
    const hindrances: Hindrance[] = [
      ...(facts.announce?.on ? [] : [{ why: "place_off" as const }]),
      ...(allowed ? [] : [{ why: "not_agreed" as const }]),
      ...(hiddenUntil === undefined ? [] : [{ why: "private" as const, until: hiddenUntil }]),
      ...(here === undefined ? [] : [{ why: "quiet_here" as const, until: here }]),
      ...(own === undefined ? [] : [{ why: "quiet_own" as const, until: own }]),
      ...(now?.state?.playing || standing
        ? []
        : [{ why: linked ? ("nothing_heard" as const) : ("not_linked" as const) }]),
      ...(standing ? [] : await spent(place, facts)),
    ];
    return [...hindrances, ...(await delivered(place, listener))];
  };
}
