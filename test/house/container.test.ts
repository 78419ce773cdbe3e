import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { settingsSchema } from "../../src/config.ts";
import { root, sourceFiles } from "./source.ts";

const textOf = (name: string): string => readFileSync(join(root, name), "utf8");

const service = z.object({
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal("ALL")]),
  ports: z.array(z.string()),
  volumes: z.array(z.string()),
  stop_grace_period: z.string(),
});

describe("the container", () => {
  const copied = [...textOf("Dockerfile").matchAll(/^COPY (?!--)(.+) \S+$/gm)].flatMap(([, names]) =>
    (names ?? "").split(" "),
  );

  it("holds every folder that the program is made of, and the build sees it", () => {
    const files = sourceFiles();
    const rooms = files.map(({ path }) => path.split("/")[0]);
    const read = files.flatMap(({ text }) => [...text.matchAll(/join\(root, "(\w+)"/g)].map(([, name]) => name));
    const folders = [...new Set([...rooms, ...read])];
    expect(folders).toEqual(expect.arrayContaining(["src", "locales"]));
    expect(copied).toEqual(expect.arrayContaining([...folders, "bin", "package.json"]));
    const seen = [...textOf(".dockerignore").matchAll(/^!(.+)$/gm)].map(([, name]) => name);
    expect(new Set(seen)).toEqual(new Set(copied));
  });

  it("runs as nobody special on the Node that the project needs", () => {
    const needed = z.object({ engines: z.object({ node: z.string() }) }).parse(JSON.parse(textOf("package.json")));
    const [, major] = /^ARG NODE=(\d+)/m.exec(textOf("Dockerfile")) ?? [];
    expect(`>=${major}`).toBe(needed.engines.node);
    expect(textOf("Dockerfile")).toMatch(/^USER node$/m);
  });

  it("is given settings that there are, as is the service of systemd", () => {
    const given = [
      ...textOf("Dockerfile").matchAll(/(?<=^ENV .*)\b([A-Z_]+)=/gm),
      ...textOf("compose.yaml").matchAll(/^[ #]+([A-Z_]+): /gm),
      ...textOf("deploy/segue.service").matchAll(/(?<=^Environment=.*|and Environment=)\b([A-Z_]+)=/gm),
    ].map(([, name = ""]) => name.replace(/_FILE$/, ""));
    expect(given).toEqual(expect.arrayContaining(["HOST", "DATA_DIR", "ENCRYPTION_KEYS"]));
    // Node's own.
    const ours = given.filter((name) => name !== "NODE_ENV");
    expect(Object.keys(settingsSchema.shape)).toEqual(expect.arrayContaining(ours));
  });

  it("is started by compose with a root that is read-only, open to this machine alone", () => {
    const { segue } = z
      .object({ services: z.object({ segue: service }) })
      .parse(parse(textOf("compose.yaml"))).services;
    expect(segue.ports.every((port) => port.startsWith("127.0.0.1:"))).toBe(true);
    // The ten seconds that a regular end may take, and some.
    expect(Number.parseInt(segue.stop_grace_period, 10)).toBeGreaterThan(10);
  });
});
