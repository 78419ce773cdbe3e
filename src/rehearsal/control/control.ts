import { consentTo } from "../accounts/authorize.ts";
import type { TokenReply } from "../accounts/grants.ts";
import { SCOPES } from "../accounts/scopes.ts";
import { type App, type AppSeed, appSchema } from "../apps.ts";
import { isSettable } from "../clock.ts";
import type { FaultPlan } from "../faults/plan.ts";
import type { Counts, LoggedCall } from "../http/call-log.ts";
import { createPerson, type Person, type PersonSeed } from "../people.ts";
import { changeSettings, type Settings, type SettingsPatch } from "../settings.ts";
import type { Stage } from "../stage.ts";
import { createDeviceControl, type DeviceControl } from "./devices.ts";
import { createPlayerControl, type PlayerControl } from "./player.ts";

/** Everything that can be done to the false platform from outside its own interfaces. Unknown names throw. */
export interface Control {
  readonly devices: DeviceControl;
  readonly player: PlayerControl;
  readonly faults: FaultPlan;
  settings(): Settings;
  change(patch: SettingsPatch): Settings;
  /** Unix ms of the server's clock. */
  now(): number;
  /** Moves the clock forward; throws when the server was given one that cannot be moved. */
  advance(ms: number): Promise<void>;
  addApp(app: AppSeed): void;
  changeApp(clientId: string, change: Partial<Omit<AppSeed, "clientId">>): void;
  addPerson(person: PersonSeed): void;
  setPremium(userId: string, premium: boolean): void;
  /** Tokens as if the person had agreed in a browser. All scopes unless named. */
  grant(userId: string, options?: { clientId?: string; scopes?: readonly string[]; pkce?: boolean }): TokenReply;
  /** The redirect that a browser would be sent to if the person agreed to (or refused) this authorize address. */
  consent(authorizeUrl: string, userId: string, agree?: boolean): string;
  /** Ends the person's grants (to one app or all): refreshes answer `invalid_grant`. Returns how many. */
  revoke(userId: string, clientId?: string): number;
  expireAccessTokens(userId?: string): number;
  /** Moves the day on which the person agreed. Unix ms. */
  setConsentAt(userId: string, at: number): number;
  setPlayable(uri: string, playable: boolean): void;
  /** Track `from` is answered as track `to`. */
  relink(from: string, to: string): void;
  counts(): Counts;
  calls(): readonly LoggedCall[];
  resetCounts(): void;
  /** Calls counted by the limits at this moment. */
  limits(): Record<string, number>;
  clearLimits(): void;
  /** Everything as it was at the start, the clock apart. */
  reset(): void;
}

export function createControl(stage: Stage): Control {
  const personOf = (userId: string): Person => {
    const person = stage.world.people.get(userId);
    if (person === undefined) throw new RangeError(`nobody called ${userId} is part of this rehearsal`);
    return person;
  };
  const appOf = (clientId: string): App => {
    const app = stage.world.apps.get(clientId);
    if (app === undefined) throw new RangeError(`no app ${clientId} is registered`);
    return app;
  };
  const firstApp = () => stage.world.apps.keys().next().value ?? "";

  return {
    devices: createDeviceControl(stage, personOf),
    player: createPlayerControl(stage, personOf),
    faults: stage.faults,
    settings: () => stage.world.settings,
    change(patch) {
      stage.world.settings = changeSettings(stage.world.settings, patch);
      return stage.world.settings;
    },
    now: () => stage.world.clock.now(),
    async advance(ms) {
      const { clock } = stage.world;
      if (!isSettable(clock)) throw new TypeError("this rehearsal runs on a clock that cannot be moved");
      await clock.advance(ms);
    },
    addApp(app) {
      stage.world.apps.set(app.clientId, appSchema.parse(app));
    },
    changeApp(clientId, change) {
      stage.world.apps.set(clientId, appSchema.parse({ ...appOf(clientId), ...change }));
    },
    addPerson(person) {
      stage.world.people.set(person.id, createPerson(person, stage.world.clock.now()));
    },
    setPremium(userId, premium) {
      personOf(userId).premium = premium;
    },
    grant(userId, options = {}) {
      const { clientId, scopes, pkce } = { clientId: firstApp(), scopes: Object.keys(SCOPES), pkce: true, ...options };
      const grant = stage.world.grants.open({
        clientId: appOf(clientId).clientId,
        userId: personOf(userId).id,
        scopes,
        pkce,
      });
      return stage.world.grants.firstTokens(grant);
    },
    consent: (authorizeUrl, userId, agree = true) => consentTo(stage.world, authorizeUrl, personOf(userId), agree),
    revoke(userId, clientId) {
      const grants = stage.world.grants.find({ userId: personOf(userId).id, clientId });
      for (const grant of grants) grant.revoked = true;
      return grants.length;
    },
    expireAccessTokens: (userId) => stage.world.grants.expireAccessTokens(userId),
    setConsentAt(userId, at) {
      const grants = stage.world.grants.find({ userId: personOf(userId).id });
      for (const grant of grants) grant.consentAt = at;
      return grants.length;
    },
    setPlayable(uri, playable) {
      if (playable) stage.world.unplayable.delete(uri);
      else stage.world.unplayable.add(uri);
    },
    relink(from, to) {
      stage.world.relinks.set(from, to);
    },
    counts: () => stage.calls.counts(),
    calls: () => stage.calls.recent(),
    resetCounts: () => stage.calls.clear(),
    limits: () => stage.world.limits.read(),
    clearLimits: () => stage.world.limits.clear(),
    reset: () => stage.reset(),
  };
}
