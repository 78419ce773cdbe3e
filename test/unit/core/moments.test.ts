import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { SegueError } from "../../../src/contracts/errors.ts";
import { type Moment, splitAtMoments } from "../../../src/contracts/moments.ts";
import { type Reply, replySchema, say } from "../../../src/contracts/reply.ts";
import { defineSkill } from "../../../src/contracts/skill.ts";
import { createI18n } from "../../../src/core/i18n.ts";
import { localeFileSchema } from "../../../src/core/locale-file.ts";
import { mergeReplies } from "../../../src/core/merge.ts";
import { asKept } from "../../../src/core/steps.ts";
import { createMoments } from "../../../src/core/times.ts";
import { silentLog } from "../../support/log.ts";
import { talk } from "./support.ts";

const noon = Date.UTC(2026, 10, 21, 12, 5);
const at = (text: string, more: Partial<Moment> = {}): Moment => ({ text, at: noon, style: "time", ...more });

describe("words for a date", () => {
  const replies = {
    time: "Until {at, time, short}, {name}.",
    both: "{name}: {n, number} on {at, date, long} at {at, time, short}",
    own: "{at, time, ::Hm}",
    plain: "{n, plural, one {# song} other {# songs}}",
  };
  const i18n = createI18n({
    files: new Map([["en", new Map([["core", localeFileSchema.parse({ replies })]])]]),
    fallback: "en",
    strict: true,
    log: silentLog,
  });
  const noted: Moment[] = [];
  const t = i18n.translator("core", "en", "Asia/Tokyo", (moment) => noted.push(moment));
  const said = (...given: Parameters<typeof t>) => {
    noted.length = 0;
    return [t(...given), [...noted]];
  };

  it("are told as they stand in the sentence, with the moment and what of it is said", () => {
    const values = { at: new Date(noon), name: "14:05", n: 1_000 };
    expect(said("time", values)).toEqual(["Until 21:05, 14:05.", [at("21:05")]]);
    expect(said("both", values)).toEqual([
      "14:05: 1,000 on November 21, 2026 at 21:05",
      [at("November 21, 2026", { style: "date" }), at("21:05")],
    ]);
    expect(said("own", values)[1]).toMatchObject([{ at: noon, style: "time" }]);
    expect(said("plain", { n: 2 })).toEqual(["2 songs", []]);
  });

  it("are told to whoever had them made, though messages are shared", () => {
    const values = { at: new Date(noon), name: "" };
    const others: Moment[] = [];
    noted.length = 0;
    i18n.translator("core", "en", "Asia/Tokyo")("time", values);
    i18n.translator("core", "en", "Asia/Tokyo", (moment) => others.push(moment))("time", values);
    expect(noted).toEqual([]);
    expect(others).toEqual([at("21:05")]);
    // One that breaks off half-way leaves nobody listening.
    expect(() => t("time", { at: new Date(noon) })).toThrow();
    noted.length = 0;
    i18n.translator("core", "en")("time", values);
    expect(noted).toEqual([]);
  });

  it("are told of a time to come as it is said, rounded up to the minute", () => {
    const heard: Moment[] = [];
    const around = { now: noon, locale: "en", timeZone: "UTC", note: (moment: Moment) => heard.push(moment) };
    expect(i18n.moment(noon + 90_000, around)).toBe("12:07");
    expect(i18n.moment(noon + 24 * 60 * 60_000, around)).toBe("Sunday 12:05");
    expect(i18n.moment(noon + 1_000, around)).toBeUndefined();
    expect(heard).toEqual([
      at("12:07", { at: noon + 120_000 }),
      at("Sunday 12:05", { at: noon + 24 * 60 * 60_000, style: "both" }),
    ]);
  });
});

describe("a text with moments in it", () => {
  const times = [at("14:05"), at("Monday 14:05", { style: "both" }), at("5. Mai (früh)", { style: "date" })];

  it.each([
    ["until 14:05.", ["until ", times[0], "."]],
    ["14:05, Monday 14:05", [times[0], ", ", times[1]]],
    ["am 5. Mai (früh) um 14:05", ["am ", times[2], " um ", times[0]]],
    ["um 14:05に", ["um ", times[0], "に"]],
    ["1:14:05 114:05 14:05.3 14:05:10 14:05h A14:05", undefined],
    ["", []],
  ])("has them where they are whole words: %j", (text, pieces) => {
    expect(splitAtMoments(text, times)).toEqual(pieces ?? [text]);
  });

  it("is the same text again when its pieces are joined, whatever is looked for", () => {
    const words = fc.string({ unit: fc.constantFrom(..."14:05.*+?()[]|\\^$/{}- aé\n"), minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(words), fc.array(words, { maxLength: 5 }), (texts, looked) => {
        const text = texts.join("");
        const pieces = splitAtMoments(
          text,
          looked.map((each) => at(each)),
        );
        expect(pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("")).toBe(text);
      }),
    );
  });
});

describe("the moments of a reply", () => {
  const timed = (reply: Reply, ...noted: Moment[]) => {
    const moments = createMoments();
    for (const moment of noted) moments.note(moment);
    return moments.timed(reply).times;
  };

  it("are those that occur in it", () => {
    expect(timed(say("Until 14:05."), at("14:05"), at("15:00"))).toEqual([at("14:05")]);
    expect(timed(say("x", [{ type: "fields", fields: [{ name: "Until", value: "14:05" }] }]), at("14:05"))).toEqual([
      at("14:05"),
    ]);
    expect(timed(say("Never."), at("14:05"))).toBeUndefined();
  });

  it("are none where the same words stand for something else, or for two moments", () => {
    const song = say("14:05 plays until 14:05.");
    expect(timed(song, at("14:05"))).toBeUndefined();
    const list = say("x", [
      { type: "text", text: "Until 14:05." },
      { type: "list", ordered: false, items: [{ title: "14:05" }] },
    ]);
    expect(timed(list, at("14:05"))).toBeUndefined();
    expect(timed(say("14:05, 14:05"), at("14:05"), at("14:05", { at: noon + 86_400_000 }))).toBeUndefined();
    expect(timed(say("14:05, 14:05"), at("14:05"), at("14:05", { at: noon + 10_000 }))).toHaveLength(1);
  });

  it("are bounded", () => {
    const many = Array.from({ length: 30 }, (_, index) => at(`x${index}`, { at: noon + index }));
    const reply = say(many.map(({ text }) => text).join(" "));
    expect(timed(reply, ...many)).toHaveLength(20);
    expect(timed(say("y".repeat(101)), at("y".repeat(101)))).toBeUndefined();
    expect(replySchema.safeParse({ ...reply, times: many }).success).toBe(false);
    expect(replySchema.safeParse({ ...reply, times: [at("y".repeat(101))] }).success).toBe(false);
    expect(replySchema.parse({ ...reply, times: [at("x1")] }).times).toEqual([at("x1")]);
  });

  it("are joined when replies are, but for words that are no moment in another of them", () => {
    const first: Reply = { ...say("Until 14:05."), times: [at("14:05")] };
    const second: Reply = { ...say("Until 15:00."), times: [at("15:00")] };
    expect(mergeReplies([first, second])?.times).toEqual([at("14:05"), at("15:00")]);
    expect(mergeReplies([first, say("Playing 14:05."), second])?.times).toEqual([at("15:00")]);
    expect(mergeReplies([say("a"), say("b")])).not.toHaveProperty("times");
  });

  it("are not kept of a secret, whose words are not", () => {
    const code: Reply = { ...say("Code 123, until 14:05."), unkept: "No code.", times: [at("14:05")] };
    expect(asKept(code)).toEqual(say("No code."));
    const plain: Reply = { ...say("Until 14:05."), times: [at("14:05")] };
    expect(asKept(plain)).toBe(plain);
  });
});

describe("what the bot says", () => {
  const hour = 60 * 60_000;
  async function withHours() {
    const skill = defineSkill({
      name: "hours",
      intents: {
        "hours.say": z.object({}),
        "hours.card": z.object({}),
        "hours.led": z.object({}),
        "hours.wait": z.object({}),
      },
      needs: [],
      visibility: "private",
      async run(ctx) {
        if (ctx.intent === "hours.wait") throw new SegueError("QuotaExceeded", {}, { retryAt: ctx.now + 2 * hour });
        if (ctx.intent === "hours.say") return say(ctx.t("until", { at: new Date(ctx.now + hour) }));
        const card = await ctx.view("hours", "x");
        const line = ctx.t("until", { at: new Date(ctx.now + 3 * hour) });
        const led = ctx.intent === "hours.led" && card.view ? { view: { ...card.view, from: 1 } } : {};
        return { ...card, ...led, text: line, blocks: [{ type: "text", text: line }, ...card.blocks] };
      },
      forms: { "hours.say": async ({ t, now }) => ({ title: t("until", { at: new Date(now) }), fields: [] }) },
      views: {
        hours: async ({ t, now }) => say(t("until", { at: new Date(now + hour) })),
      },
    });
    const words = { replies: { until: "Until {at, time, short}." } };
    const held = await talk({ extra: [{ skill, words }] });
    const now = held.clock.now();
    const moment = (after: number, text: string | undefined) => ({ text, at: now + after * hour, style: "time" });
    return { held, ann: held.user("ann"), moment };
  }
  const hours = (reply: Reply | undefined) => JSON.stringify(reply?.blocks).match(/\d\d:\d\d/g) ?? [];

  it("has the moments with it, and is kept with them", async () => {
    const { held, ann, moment } = await withHours();
    const reply = await ann.sends("hours.say");
    const [said] = hours(reply);
    expect(reply?.times).toEqual([moment(1, said)]);
    expect((await held.bot().kept("test", "e1"))?.times).toEqual(reply?.times);
  });

  it("has those of a card that is a part of it", async () => {
    const { ann, moment } = await withHours();
    const reply = await ann.sends("hours.card");
    const [own, card] = hours(reply);
    expect(reply?.times).toHaveLength(2);
    expect(reply?.times).toEqual(expect.arrayContaining([moment(3, own), moment(1, card)]));
  });

  it.each(["at once", "after a restart"])(
    "is edited in the zone that it was said in, with the moments of then: %s",
    async (when) => {
      const { held, moment } = await withHours();
      const asks = held.event("ann", { intent: "hours.card", slots: {} });
      await held.send({ ...asks, timeZone: "Asia/Tokyo" });
      const began = held.clock.now();
      const [own, card] = hours(held.last()?.reply);
      const at = (ms: number) =>
        new Intl.DateTimeFormat("en", {
          timeZone: "Asia/Tokyo",
          hour: "2-digit",
          minute: "2-digit",
          hourCycle: "h23",
        }).format(ms);
      expect([own, card]).toEqual([at(began + 3 * hour), at(began + hour)]);
      await held.clock.advance(10 * 60_000);
      if (when !== "at once") await held.restart();
      held.events.emit({ type: "view.changed", kind: "hours", key: "x" });
      await held.clock.advance(60_000);
      const edited = held.last()?.reply;
      expect(hours(edited)).toContain(at(began + hour + 10 * 60_000));
      expect(edited?.times).toContainEqual({
        ...moment(1, at(began + hour + 10 * 60_000)),
        at: began + hour + 10 * 60_000,
      });
    },
  );

  it("keeps those of the words above a card when it is edited", async () => {
    const { held, ann, moment } = await withHours();
    const began = held.clock.now();
    const [line] = hours(await ann.sends("hours.led"));
    await held.clock.advance(10 * 60_000);
    held.events.emit({ type: "view.changed", kind: "hours", key: "x" });
    await held.clock.advance(60_000);
    const edited = held.last()?.reply;
    const [above, card] = hours(edited);
    expect(above).toBe(line);
    expect(edited?.times).toContainEqual({ ...moment(3, line), at: began + 3 * hour });
    expect(edited?.times).toContainEqual({ ...moment(1, card), at: began + hour + 10 * 60_000 });
  });

  it("fills forms in the zone that the platform told last", async () => {
    const { held, ann } = await withHours();
    await ann.sends("hours.say");
    const title = async () => (await held.host().form(held.asker("ann"), { intent: "hours.say", slots: {} }))?.title;
    const inZone = (timeZone: string) =>
      new Date(held.clock.now()).toLocaleTimeString("en-GB", { timeZone, timeStyle: "short" });
    expect(await title()).toContain(inZone("Europe/Berlin"));
    await held.send({ ...held.event("ann", { intent: "hours.say", slots: {} }), timeZone: "Asia/Tokyo" });
    expect(await title()).toContain(inZone("Asia/Tokyo"));
  });

  it("has that of a refusal, too", async () => {
    const { ann, moment } = await withHours();
    const reply = await ann.sends("hours.wait");
    expect(reply?.kind).not.toBe("answer");
    expect(reply?.times).toEqual([moment(2, hours(reply)[0])]);
  });
});
