import type { Check, Checker } from "../contracts/checks.ts";

/** One value the wizard asks for. */
export type Question = {
  setting: string;
  label: string;
  /** Typed unseen. */
  secret?: boolean;
  /** May be left empty. */
  optional?: boolean;
  /** Where it is about a part of a setting's value: that part, and the whole with what was typed for it. */
  part?: { of(value: string): string | undefined; into(before: string | undefined, typed: string): string };
};

/** In the order in which they are asked for. */
const kinds = ["music", "platform", "diary"] as const;

/** Something that can be connected: where to get its values, the questions, and how to test the answers at once. */
export type Connection = {
  id: string;
  label: string;
  hint: string;
  kind: (typeof kinds)[number];
  /** Numbered steps, each one click or paste. */
  steps: readonly string[];
  questions: readonly Question[];
  check(values: Readonly<Record<string, string>>): Checker;
};

/** How the wizard speaks with whoever sits there. Each answer is undefined when the person gives up (Ctrl-C). */
export type Asker = {
  say(title: string, lines: readonly string[]): void;
  choose(
    label: string,
    options: readonly { value: string; label: string; hint: string }[],
    chosen: readonly string[],
  ): Promise<string[] | undefined>;
  /** What was typed, what was there where that is to stay, or nothing: then an optional one ends. */
  text(
    question: Question,
    options: { was: string | undefined; fault(value: string): string | undefined },
  ): Promise<string | undefined>;
  confirm(label: string, initially: boolean): Promise<boolean | undefined>;
  /** Shows that something is going on. */
  during<T>(label: string, run: () => Promise<T>): Promise<T | undefined>;
};

export type Wizard = {
  ask: Asker;
  connections: readonly Connection[];
  /** What is set already, by name. */
  existing: Readonly<Record<string, string>>;
  /** Why a value cannot be that setting, in words; undefined when it can. */
  fault(setting: string, value: string): string | undefined;
  examine(name: string, check: Checker): Promise<Check[]>;
  print(checks: readonly Check[]): string;
};

/** A person does not try one value more often than that. */
const MAX_TRIES = 10;

/**
 * Asks for everything, tests each connection as soon as its values are there. Whoever gives up later is asked whether what is whole
 * by then counts. Undefined: nothing does.
 */
export async function askAll(wizard: Wizard): Promise<Record<string, string> | undefined> {
  const { ask, connections, existing } = wizard;
  const isSet = ({ setting }: Question) => Boolean(existing[setting]);
  const values: Record<string, string> = {};
  const connected: string[] = [];
  async function givenUp(): Promise<Record<string, string> | undefined> {
    if (connected.length === 0) return undefined;
    const label = `Keep what is connected so far (${connected.join(", ")})? (no: nothing is written)`;
    return (await ask.confirm(label, true)) ? values : undefined;
  }
  for (const kind of kinds) {
    const offered = connections.filter((connection) => connection.kind === kind);
    if (offered.length === 0) continue;
    const chosen = await choose(
      ask,
      kind,
      offered,
      offered.filter(({ questions }) => questions.some(isSet)).map(({ id }) => id),
    );
    if (!chosen) return givenUp();
    const left = offered.filter(({ id, questions }) => !chosen.includes(id) && questions.some(isSet));
    if (left.length > 0)
      ask.say(
        "Left as it is",
        left.map(({ label, questions }) => {
          const names = questions.filter(isSet).map(({ setting }) => setting);
          return `${label} stays connected. To end that, delete ${names.join(" and ")} from the file.`;
        }),
      );
    for (const connection of offered.filter(({ id }) => chosen.includes(id))) {
      const given = await connect(wizard, connection);
      if (!given) return givenUp();
      Object.assign(values, given);
      connected.push(connection.label);
    }
  }
  return values;
}

const asked = {
  music: {
    label: "Where does the music play?",
    none: "Nothing is chosen (space chooses, enter goes on). Go on without music, to rehearse?",
    likely: false,
  },
  platform: {
    label: "Where do people talk? (the web chat is always there)",
    none: "Nothing is chosen (space chooses, enter goes on). Go on with the web chat alone?",
    likely: true,
  },
  diary: {
    label: "Where do people keep a diary of what they hear? (all of this can wait)",
    // Who chooses nothing lacks nothing.
    none: undefined,
    likely: true,
  },
} as const;

/** Enter alone chooses nothing, which many a person did not mean. */
async function choose(
  ask: Asker,
  kind: Connection["kind"],
  offered: readonly Connection[],
  before: readonly string[],
): Promise<string[] | undefined> {
  const options = offered.map(({ id, label, hint }) => ({ value: id, label, hint }));
  const { label, none, likely } = asked[kind];
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const chosen = await ask.choose(label, options, before);
    if (!chosen || chosen.length > 0 || before.length > 0 || none === undefined) return chosen;
    const meant = await ask.confirm(none, likely);
    if (meant === undefined) return undefined;
    if (meant) return chosen;
  }
  return [];
}

async function connect(wizard: Wizard, connection: Connection): Promise<Record<string, string> | undefined> {
  const { ask, existing } = wizard;
  ask.say(
    connection.label,
    connection.steps.map((step, index) => `${index + 1}. ${step}`),
  );
  const given: Record<string, string> = {};
  let tested: string | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    for (const question of connection.questions) {
      const { setting, optional, part } = question;
      const before = (given[setting] ?? existing[setting]) || undefined;
      const whole = (typed: string) => (part ? part.into(before, typed) : typed);
      const typed = await ask.text(question, {
        was: part && before !== undefined ? part.of(before) : before,
        fault: (text) => (text === "" && optional ? undefined : wizard.fault(setting, whole(text))),
      });
      if (typed === undefined) return undefined;
      const value = whole(typed);
      // What the file sets ends by being set to nothing.
      if (value === "" && !existing[setting]) delete given[setting];
      else given[setting] = value;
    }
    const lines = await ask.during(`Testing ${connection.label}`, () =>
      wizard.examine(connection.label, connection.check(given)),
    );
    if (!lines) return undefined;
    ask.say(`${connection.label}: tested`, wizard.print(lines).split("\n"));
    if (lines.every(({ status }) => status !== "failed")) return given;
    // Enter alone must not keep a slip of the hand. Who enters the same again means it: what is wrong is elsewhere.
    const entered = JSON.stringify(given);
    const keep = await ask.confirm("Keep it although the test failed? (no: enter it again)", entered === tested);
    if (keep === undefined) return undefined;
    if (keep) return given;
    tested = entered;
  }
  return given;
}
