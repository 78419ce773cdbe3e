import { afterEach, describe, expect, it } from "vitest";
import { encodeCommands } from "../../adapters/discord/encode-commands.ts";
import { loadWords } from "../../adapters/discord/words.ts";
import type { Asker, CommandOption, CommandSpec, Suggestion } from "../../src/contracts/adapter.ts";
import { type Form, type Reply, say } from "../../src/contracts/reply.ts";
import { type Chat, locales, openChat, quiet, until } from "../doubles/discord/chat.ts";
import { checkCommands } from "../doubles/discord/check-commands.ts";
import { createFakeClock } from "../fakes/clock.ts";

const option = (more: Partial<CommandOption> & { slot: string }): CommandOption => ({
  name: more.slot,
  description: `The ${more.slot}`,
  type: "string",
  required: false,
  suggests: false,
  ...more,
});
const play: CommandSpec = {
  intent: "playback.play",
  name: "play",
  description: "Play something",
  managers: false,
  options: [option({ slot: "device" }), option({ slot: "track", required: true, suggests: true })],
};
const setup: CommandSpec = {
  intent: "place.setup",
  name: "setup",
  description: "Set this place up",
  managers: true,
  options: [
    option({ slot: "mode", choices: ["public", "private"], labels: { public: "everybody" } }),
    option({ slot: "count", type: "integer", min: 1, max: 9 }),
    option({ slot: "share", type: "number", min: 0.5 }),
    option({ slot: "on", type: "boolean" }),
  ],
};
const german: CommandSpec[] = [
  {
    ...play,
    name: "spiele",
    description: "Spiele etwas",
    options: [option({ slot: "track", name: "titel", description: "Der Titel" })],
  },
  {
    ...setup,
    options: [option({ slot: "mode", choices: ["public", "private"], labels: { public: "alle", private: "ich" } })],
  },
];
const words = loadWords(locales);
const many = (count: number): CommandSpec[] =>
  Array.from({ length: count }, (_, index) => ({
    ...play,
    intent: `${["queue", "playlist", "library"][index % 3]}.do_${"x".repeat(1 + (index % 7))}`,
    name: `do-${index}`,
  }));
const source = (specs: CommandSpec[], of = ["en"], other: CommandSpec[] = []) => ({
  locales: of,
  commands: (locale: string) => (locale === of[0] ? specs : other),
  words,
});

describe("commands", () => {
  it("are what Discord takes: typed options, what is required first, choices or completion, rights, everywhere", () => {
    const { body, leftOut } = encodeCommands(source([play, setup]), false);
    const [first, second, ...menus] = checkCommands(JSON.parse(JSON.stringify(body)));
    expect(leftOut).toEqual([]);
    expect(first).toMatchObject({
      name: "play",
      integration_types: [0, 1],
      contexts: [0, 1, 2],
      options: [{ name: "track", required: true, autocomplete: true }, { name: "device" }],
    });
    expect(first).not.toHaveProperty("default_member_permissions");
    expect(second).toMatchObject({
      default_member_permissions: "32",
      options: [
        { type: 3, choices: [{ name: "everybody", value: "public" }, { name: "private" }] },
        { type: 4, min_value: 1, max_value: 9 },
        { type: 10, min_value: 0.5 },
        { type: 5 },
      ],
    });
    expect(menus.map(({ type, name }) => [type, name])).toEqual([
      [3, "Play on mine"],
      [3, "Queue on mine"],
    ]);
  });

  it("have their names in the languages that Discord knows", () => {
    const { body } = encodeCommands(source([play], ["en", "es", "tlh"], german), false);
    const [command] = checkCommands(JSON.parse(JSON.stringify(body)));
    expect(command).toMatchObject({
      name_localizations: { "es-ES": "spiele", "es-419": "spiele" },
      description_localizations: { "es-ES": "Spiele etwas" },
      options: [
        { name: "track", name_localizations: { "es-ES": "titel" } },
        { name: "device", name_localizations: {} },
      ],
    });
  });

  it("call choices as each language does", () => {
    const { body } = encodeCommands(source([setup], ["en", "es"], german), false);
    const [command] = checkCommands(JSON.parse(JSON.stringify(body)));
    expect(command && "options" in command && command.options[0]).toMatchObject({
      choices: [
        { name: "everybody", name_localizations: { "es-ES": "alle", "es-419": "alle" }, value: "public" },
        { name: "private", name_localizations: { "es-ES": "ich" }, value: "private" },
      ],
    });
  });

  it("over a hundred are left out, and named", () => {
    const { body, leftOut } = encodeCommands(source(many(104)), false);
    checkCommands(JSON.parse(JSON.stringify(body)));
    expect(leftOut).toEqual(["do-100", "do-101", "do-102", "do-103"]);
  });

  it("that cannot be called so on Discord are left out, and named", () => {
    const { leftOut } = encodeCommands(source([{ ...play, name: "Play It" }, setup]), false);
    expect(leftOut).toEqual(["Play It"]);
  });

  it.each([3, 26, 60, 110])("fit under one when they are grouped: %i of them", (count) => {
    const { body, leftOut } = encodeCommands(source(many(count)), true);
    const [command, ...menus] = checkCommands(JSON.parse(JSON.stringify(body)));
    expect(menus).toHaveLength(2);
    expect(command?.name).toBe("segue");
    const held = command && "options" in command ? command.options : [];
    const inside = held.reduce((sum, each) => sum + (each.type === 2 ? each.options.length : 1), 0);
    expect(inside + leftOut.length).toBe(count);
    if (count <= 60) expect(leftOut).toEqual([]);
  });
});

describe("a chat's commands", () => {
  let chat: Chat;
  afterEach(() => chat.stop());

  it("are registered once, and again only when they changed", async () => {
    const clock = createFakeClock();
    let specs = [play];
    const host = { commands: () => specs };
    chat = await openChat(clock, { host });
    await chat.start();
    await until(() => chat.kept.size > 0);
    const run = async () => {
      const next = await openChat(clock, { host, options: { kept: keptIn(chat.kept) } });
      await next.start();
      await quiet(next);
      const times = next.double.world.registrations;
      await next.stop();
      return times;
    };
    expect(chat.double.world.registrations).toBe(1);
    expect(await run()).toBe(0);
    specs = [play, setup];
    expect(await run()).toBe(1);
  });

  it("are tried again when Discord did not take them", async () => {
    const clock = createFakeClock();
    chat = await openChat(clock, { host: { commands: () => [play] } });
    chat.double.fail(/PUT .*commands/, 500);
    await chat.start();
    await quiet(chat);
    expect(chat.double.world.registrations).toBe(0);
    await clock.advance(61_000);
    await until(() => chat.double.world.registrations === 1);
  });

  it("are for servers alone where the app cannot be installed by people", async () => {
    chat = await openChat(createFakeClock(), { host: { commands: () => [play] } });
    const body = { code: 50035, message: "Invalid Form Body", errors: {} };
    chat.double.fail(/PUT .*commands/, 400, { body });
    await chat.start();
    await until(() => chat.double.world.registrations === 1);
    expect(chat.double.world.commands.map((each) => each.integration_types)).toEqual([[0], [0], [0]]);
  });

  it("work under the grouped one", async () => {
    chat = await openChat(createFakeClock(), { host: { commands: () => [play, setup] }, options: { grouped: true } });
    const anna = chat.double.person("anna");
    await chat.start();
    await until(() => chat.kept.size > 0);
    await chat.after(() => anna.runs(anna.direct(), "segue play", { track: "hello" }));
    expect(chat.heard).toMatchObject([{ intent: "playback.play", slots: { track: "hello" } }]);
  });

  it("complete what is typed, trimmed to what Discord shows, and with nothing rather than late", async () => {
    const clock = createFakeClock();
    const asked: unknown[] = [];
    let found: Promise<Suggestion[]> = Promise.resolve([
      { label: `Hello ${"x".repeat(200)}`, value: "x:1" },
      { label: "too long a value", value: "y".repeat(101) },
      ...Array.from({ length: 40 }, (_, index) => ({ label: `Song ${index}`, value: `x:${index}` })),
    ]);
    const suggest = async (asker: Asker, of: unknown) => {
      asked.push([asker.userName, of]);
      return found;
    };
    chat = await openChat(clock, { host: { commands: () => [play], suggest } });
    const anna = chat.double.person("anna");
    await chat.start();
    await until(() => chat.kept.size > 0);
    const first = anna.completes(anna.direct(), "play", "track", "hel", { device: "Kitchen" });
    await until(() => first.choices !== undefined);
    expect(asked).toEqual([
      ["anna of the test", { intent: "playback.play", slot: "track", text: "hel", slots: { device: "Kitchen" } }],
    ]);
    expect(first.choices).toHaveLength(25);
    expect(first.choices?.[0]?.name).toHaveLength(100);
    found = new Promise(() => {});
    const second = anna.completes(anna.direct(), "play", "track", "hell");
    await until(() => asked.length === 2);
    await clock.advance(2_500);
    await until(() => second.choices !== undefined);
    expect(second.choices).toEqual([]);
  });

  it("of a message's menu bring that message's words", async () => {
    chat = await openChat(createFakeClock(), { host: { commands: () => [play] } });
    const anna = chat.double.person("anna");
    await chat.start();
    await until(() => chat.kept.size > 0);
    const message = { id: "1", content: "listen: https://open.example/1", embeds: [], components: [] };
    await chat.after(() => anna.usesMenu(anna.direct(), "Play on mine", message));
    expect(chat.heard).toMatchObject([{ intent: "message.play", about: "listen: https://open.example/1" }]);
  });
});

describe("a form", () => {
  const form: Form = {
    title: "Settings",
    fields: [
      { slot: "name", label: "Name", type: "text", required: true, max: 50, value: "Old" },
      {
        slot: "mode",
        label: "Mode",
        type: "select",
        options: [
          { label: "Fair", value: "fair" },
          { label: "Free", value: "free" },
        ],
      },
    ],
  };
  const withForm: Reply = say("Settings", [
    {
      type: "buttons",
      buttons: [
        { label: "Change", style: "plain", form: true, command: { intent: "settings.change", slots: { of: "party" } } },
      ],
    },
  ]);
  let chat: Chat;
  afterEach(() => chat.stop());

  async function open(answer: () => Promise<Form | undefined>) {
    const clock = createFakeClock();
    chat = await openChat(clock, { host: { form: answer } });
    const anna = chat.double.person("anna");
    chat.respond = async (event, reply) => {
      await reply.reply(event.type === "text" ? withForm : say("Changed."));
    };
    await chat.start();
    await chat.after(() => anna.says(anna.direct(), "settings"));
    return { anna, clock };
  }

  it("is asked in a window, and its answers are the command's slots", async () => {
    const { anna } = await open(async () => form);
    const pressed = anna.presses("Change");
    await until(() => pressed.modal !== undefined);
    expect(chat.heard).toHaveLength(1);
    await chat.after(() => anna.submits(pressed, { name: "Friday", mode: "fair" }));
    expect(chat.heard[1]).toMatchObject({
      type: "command",
      intent: "settings.change",
      slots: { of: "party", name: "Friday", mode: "fair" },
    });
    expect(anna.seen().at(-1)).toBe("Changed.");
  });

  it("that there is none of lets the command run as it is", async () => {
    const { anna } = await open(async () => undefined);
    await chat.after(() => anna.presses("Change"));
    expect(chat.heard[1]).toMatchObject({ intent: "settings.change", slots: { of: "party" } });
  });

  it("whose opening is slow to be confirmed is open, and its command does not run as well", async () => {
    const { anna, clock } = await open(async () => form);
    const late = Promise.withResolvers<void>();
    chat.double.delay(/POST .*callback/, late.promise);
    const pressed = anna.presses("Change");
    await until(() => pressed.modal !== undefined);
    await clock.advance(2_500);
    await quiet(chat);
    late.resolve();
    await quiet(chat);
    expect(chat.heard.map(({ type }) => type)).toEqual(["text"]);
  });

  it("that comes too late is not opened any more: the command runs, once", async () => {
    let give = (_form: Form) => {};
    const { anna, clock } = await open(
      () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    );
    let finish = () => {};
    chat.respond = async (_event, reply) => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      await reply.reply(say("Changed."));
    };
    const pressed = anna.presses("Change");
    await quiet(chat);
    await clock.advance(1_900);
    await until(() => chat.heard.length === 2);
    await clock.advance(200);
    await until(() => pressed.acknowledged !== undefined);
    give(form);
    await chat.after(() => finish());
    expect(pressed.modal).toBeUndefined();
    expect(chat.heard).toHaveLength(2);
    expect(anna.seen().at(-1)).toBe("Changed.");
  });
});

function keptIn(map: Map<string, string>) {
  return {
    get: async (key: string) => map.get(key),
    set: async (key: string, value: string) => {
      map.set(key, value);
    },
  };
}
