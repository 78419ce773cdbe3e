import { afterAll, beforeAll, expect, it } from "vitest";
import { ask } from "../unit/web/site.ts";
import { openProgram, raw, request, statuses } from "./door.ts";

const token = "sesame-opens-4711-4711";
let program: Awaited<ReturnType<typeof openProgram>>;
beforeAll(async () => {
  program = await openProgram({ CHAT_TOKEN: token, TRUSTED_PROXIES: "loopback" });
}, 60_000);
afterAll(() => program?.close());

const metrics = async (address: string | undefined, authorization?: string) => {
  const headers = {
    ...(address !== undefined && { "X-Forwarded-For": address, "X-Forwarded-Host": "127.0.0.1" }),
    ...(authorization !== undefined && { Authorization: authorization }),
  };
  return (await ask(program.port, "/metrics", { headers })).status;
};

it("figures are told to this machine, and elsewhere to whoever has the chat token, which is guessed five times a minute", async () => {
  expect(await metrics(undefined)).toBe(200);
  expect(await metrics("192.168.1.7")).toBe(404);
  // A proxy that was told nothing but where to go.
  expect(statuses(await raw(program.port, request("GET /metrics HTTP/1.0", "Host: 127.0.0.1")))).toEqual([404]);
  expect(await metrics("192.168.1.7", `Bearer ${token}`)).toBe(200);
  for (let count = 0; count < 5; count++) expect(await metrics("198.51.100.7", `Bearer guess-${count}`)).toBe(404);
  expect(await metrics("198.51.100.7", `Bearer ${token}`)).toBe(404);
  expect(await metrics("192.168.1.7", `Bearer ${token}`)).toBe(200);
});
