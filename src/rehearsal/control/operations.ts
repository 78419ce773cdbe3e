import { z } from "zod";
import { appSchema } from "../apps.ts";
import { faultSchema } from "../faults/rule.ts";
import { changedDeviceSchema, newDeviceSchema, personSchema } from "../people.ts";
import type { Control } from "./control.ts";

/** One thing that can be done over HTTP: its arguments are parsed before it is. */
export interface Operation {
  /** Changes nothing: may be asked for with GET. */
  readonly reads: boolean;
  /** The result, or a promise of it. */
  run(control: Control, args: unknown): unknown;
}

const user = z.string();
const of = z.strictObject({ user });
const onDevice = z.strictObject({ user, device: z.string() });
const nothing = z.strictObject({});
const at = z.int().nonnegative();
const repeat = z.enum(["off", "context", "track"]);

export const operations: Readonly<Record<string, Operation>> = {
  "settings/read": read(nothing, (control) => control.settings()),
  "settings/change": write(z.record(z.string(), z.unknown()), (control, patch) => control.change(patch)),
  "clock/read": read(nothing, (control) => ({ now: control.now() })),
  "clock/advance": write(z.strictObject({ ms: z.number().nonnegative() }), async (control, { ms }) => {
    await control.advance(ms);
    return { now: control.now() };
  }),
  "apps/add": write(appSchema, (control, app) => control.addApp(app)),
  "apps/change": write(
    z.strictObject({ clientId: z.string(), change: appSchema.partial().omit({ clientId: true }) }),
    (control, { clientId, change }) => control.changeApp(clientId, change),
  ),
  "people/add": write(personSchema, (control, person) => control.addPerson(person)),
  "people/set-premium": write(z.strictObject({ user, premium: z.boolean() }), (control, args) =>
    control.setPremium(args.user, args.premium),
  ),
  "devices/list": read(of, (control, args) => control.devices.list(args.user)),
  "devices/add": write(z.strictObject({ user, device: newDeviceSchema }), (control, args) =>
    control.devices.add(args.user, args.device),
  ),
  "devices/change": write(onDevice.extend({ change: changedDeviceSchema }), (control, args) =>
    control.devices.change(args.user, args.device, args.change),
  ),
  "devices/remove": write(onDevice, (control, args) => control.devices.remove(args.user, args.device)),
  "devices/activate": write(onDevice, (control, args) => control.devices.activate(args.user, args.device)),
  "devices/deactivate": write(of, (control, args) => control.devices.deactivate(args.user)),
  "player/look": read(of, (control, args) => control.player.look(args.user)),
  "player/play": write(
    z.strictObject({
      user,
      device: z.string().optional(),
      contextUri: z.string().optional(),
      uris: z.array(z.string()).optional(),
      startAt: z.int().nonnegative().optional(),
      positionMs: z.int().nonnegative().optional(),
    }),
    (control, { user: userId, ...what }) => control.player.play(userId, what),
  ),
  "player/command": write(z.strictObject({ user, do: z.enum(["pause", "next", "previous"]) }), (control, args) => ({
    refusal: control.player.command(args.user, { do: args.do }),
  })),
  "player/set": write(
    z.strictObject({
      user,
      shuffle: z.boolean().optional(),
      repeat: repeat.optional(),
      positionMs: z.int().nonnegative().optional(),
      playing: z.boolean().optional(),
      queue: z.array(z.string()).optional(),
    }),
    (control, { user: userId, ...change }) => control.player.set(userId, change),
  ),
  "history/add": write(
    z.strictObject({ user, trackUri: z.string(), startedAt: at, endedAt: at, visibleAt: at.optional() }),
    (control, { user: userId, visibleAt, ...play }) =>
      control.player.addPlay(userId, { ...play, ...(visibleAt === undefined ? {} : { visibleAt }) }),
  ),
  "history/clear": write(of, (control, args) => control.player.clearHistory(args.user)),
  "faults/add": write(faultSchema, (control, rule) => ({ id: control.faults.add(rule) })),
  "faults/remove": write(z.strictObject({ id: z.string() }), (control, { id }) => ({
    removed: control.faults.remove(id),
  })),
  "faults/list": read(nothing, (control) => control.faults.list()),
  "faults/clear": write(nothing, (control) => control.faults.clear()),
  "grants/make": write(
    z.strictObject({
      user,
      clientId: z.string().optional(),
      scopes: z.array(z.string()).optional(),
      pkce: z.boolean().optional(),
    }),
    (control, { user: userId, ...options }) => control.grant(userId, defined(options)),
  ),
  "grants/consent": write(
    z.strictObject({ user, url: z.url(), agree: z.boolean().default(true) }),
    (control, args) => ({
      redirect: control.consent(args.url, args.user, args.agree),
    }),
  ),
  "grants/revoke": write(z.strictObject({ user, clientId: z.string().optional() }), (control, args) => ({
    revoked: control.revoke(args.user, args.clientId),
  })),
  "grants/expire-access-tokens": write(z.strictObject({ user: user.optional() }), (control, args) => ({
    expired: control.expireAccessTokens(args.user),
  })),
  "grants/set-consent": write(z.strictObject({ user, at }), (control, args) => ({
    changed: control.setConsentAt(args.user, args.at),
  })),
  "catalogue/set-playable": write(z.strictObject({ uri: z.string(), playable: z.boolean() }), (control, args) =>
    control.setPlayable(args.uri, args.playable),
  ),
  "catalogue/relink": write(z.strictObject({ from: z.string(), to: z.string() }), (control, args) =>
    control.relink(args.from, args.to),
  ),
  "calls/counts": read(nothing, (control) => control.counts()),
  "calls/recent": read(nothing, (control) => control.calls()),
  "calls/reset": write(nothing, (control) => control.resetCounts()),
  "limits/read": read(nothing, (control) => control.limits()),
  "limits/clear": write(nothing, (control) => control.clearLimits()),
  reset: write(nothing, (control) => control.reset()),
};

function read<S extends z.ZodType>(schema: S, run: (control: Control, args: z.output<S>) => unknown): Operation {
  return { reads: true, run: (control, args) => run(control, schema.parse(args)) };
}

function write<S extends z.ZodType>(schema: S, run: (control: Control, args: z.output<S>) => unknown): Operation {
  return { reads: false, run: (control, args) => run(control, schema.parse(args)) };
}

/** Without the keys that were left out, so that defaults hold. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
