import type { AnnouncedCard } from "../../src/contracts/announce.ts";
import { type Block, button, type Reply, say } from "../../src/contracts/reply.ts";
import type { Translate } from "../../src/contracts/skill.ts";
import { named } from "./items.ts";
import { attributed, songOn } from "./song-card.ts";

/** A card as its place sees it: what is heard, or one line once that is over. */
export function announced(card: AnnouncedCard, t: Translate): Reply {
  const { who, shared } = card;
  const kind = shared ? "player" : "person";
  switch (card.status) {
    case "live": {
      const { item, playing } = card;
      const text = t(playing ? "card.playing" : "card.paused", { who, kind, name: named(item, t) });
      return say(text, [
        { type: "text", text: t(playing ? "card.now" : "card.now_paused", { who, kind }) },
        ...songOn(item, t),
        attributed(item, card.attribution),
        // What is on for everybody is on nobody's own.
        ...(shared ? [] : [mine(item.uri, t)]),
      ]);
    }
    case "moved":
      return say(t("card.moved", { who, kind }));
    case "over": {
      const { sums, attribution, untilAt } = card;
      if (!sums) return say(t("card.over", { who, kind, until: new Date(untilAt) }));
      const { songs, listenedMs, mostly = "none" } = sums;
      return say(t("card.sums", { who, kind, songs, mostly, attribution, time: lengthOf(listenedMs, t) }));
    }
  }
}

function mine(uri: string, t: Translate): Block {
  return {
    type: "buttons",
    buttons: [
      button(t("button.play_mine"), "playback.play", { uri }, "primary"),
      button(t("button.queue_mine"), "queue.add", { uri }),
    ],
  };
}

function lengthOf(ms: number, t: Translate): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return t("length", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}
