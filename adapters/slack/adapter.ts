import type { Adapter } from "../../src/contracts/adapter.ts";
import { isSegueError, SegueError } from "../../src/contracts/errors.ts";
import { platform } from "./decode.ts";
import { type Common, createWorkspace, type Installed } from "./workspace.ts";

export type SlackOptions = Common & {
  /** One app for each workspace. Signed requests all come to one address, so by them there is one. */
  workspaces: readonly Installed[];
};

/** The workspaces that the bot is in: each has an app, a connection, people and limits of its own, and none waits for another. */
export function createSlackChat({ workspaces, ...common }: SlackOptions): Adapter {
  const all = workspaces.map((installed) => createWorkspace({ ...installed, ...common }));
  const [first] = all;
  if (!first) throw new RangeError("slack needs a workspace");
  if (all.length === 1) return first;

  const of = (tenant: string) => {
    const found = all.find((each) => each.team() === tenant);
    if (found) return found;
    // One that the platform has not told the name of yet may be it.
    if (all.some((each) => each.team() === undefined))
      throw new SegueError("Unavailable", { service: platform, why: "offline" });
    throw new SegueError("NotFound", { what: "place" });
  };
  const { limits, resend } = first;

  return {
    platform,
    limits,
    resend,
    async start(host, signal) {
      await Promise.all(all.map((each) => each.start(host, signal)));
    },
    send: async (to, reply, key) => of(to.tenant).send(to, reply, key),
    edit: async (sent, reply) => of(sent.place.tenant).edit(sent, reply),
    sendPrivate: async (to, user, reply, key) => of(user.tenant).sendPrivate(to, user, reply, key),
    sendFile: async (to, user, file, key) => of(user.tenant).sendFile(to, user, file, key),
    standing: async (place, user) => of(place.tenant).standing(place, user),
    groups: async (place) => of(place.tenant).groups(place),
    placeName: async (place) => of(place.tenant).placeName(place),
    // A file's name does not say whose it is; ids of files are the platform's own, and no two workspaces have one in common.
    async fetchFile(file, signal) {
      let failed: unknown = new SegueError("NotFound", { what: "file" });
      for (const each of all) {
        try {
          return await each.fetchFile(file, signal);
        } catch (error) {
          if (signal.aborted || isSegueError(error, "InvalidInput")) throw error;
          // A workspace that does not answer does not keep another one's file; nobody knows that it is nowhere, either.
          if (!isSegueError(error, "NotFound")) failed = error;
        }
      }
      throw failed;
    },
    // A workspace that has put the bot out is its operator's to mend, and no reason to take the others' bot for down.
    healthy: () => all.some((each) => each.healthy()) && all.every((each) => each.healthy() || each.refused()),
    trouble: () =>
      all.flatMap((each) => (each.healthy() ? [] : [`${each.team() ?? "a workspace"}: ${each.trouble()}`])).join("; "),
    reaches: (tenant) => all.some((each) => each.team() === tenant && each.healthy()),
    async stop() {
      await Promise.all(all.map((each) => each.stop()));
    },
  };
}
