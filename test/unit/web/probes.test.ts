import { afterEach, describe, expect, it } from "vitest";
import { ask, createSite, type Site } from "./site.ts";

let site: Site | undefined;
afterEach(() => site?.close());

describe("probes", () => {
  const watched = async (options: Parameters<typeof createSite>[0]) => {
    site = await createSite({
      metrics: async () => ({ contentType: "text/plain", body: "a 1\n" }),
      readiness: () => ({ store: { ready: true, why: "nearly full" } }),
      ...options,
    });
    return site.port;
  };
  const figures = async (port: number, headers: Record<string, string>) => ({
    metrics: (await ask(port, "/metrics", { headers })).status,
    why: (await ask(port, "/readyz", { headers })).body.includes("nearly full"),
  });
  const all = { metrics: 200, why: true };
  const none = { metrics: 404, why: false };

  it.each([{}, { trustedProxies: "loopback" }, { trustedProxies: "127.0.0.1, ::1", host: "0.0.0.0" }])(
    "tell figures and reasons to this machine, and to nobody for whom somebody forwards, whatever name they give: %j",
    async (trust) => {
      const forwarded: Record<string, string>[] = [
        { "X-Forwarded-For": "9.9.9.9" },
        { "X-Forwarded-For": "9.9.9.9:443" },
        { "X-Forwarded-For": "127.0.0.1" },
        { "X-Forwarded-For": "unknown" },
        { "X-Forwarded-For": "" },
        { "X-Forwarded-For": "9.9.9.9, unknown" },
        { "X-Forwarded-For": "fe80::1%any" },
        { "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "127.0.0.1" },
        { "X-Real-IP": "9.9.9.9" },
        { "X-Real-IP": "127.0.0.1" },
        { "X-Forwarded-Proto": "https" },
        { "X-Forwarded-Port": "443" },
        { "X-Forwarded-Host": "127.0.0.1" },
        { Forwarded: "for=127.0.0.1" },
        { Via: "1.1 proxy" },
      ];
      const port = await watched({ publicUrl: "https://segue.example", ...trust });
      for (const host of ["127.0.0.1:8765", "localhost"]) {
        expect(await figures(port, { Host: host })).toEqual(all);
        for (const headers of forwarded)
          expect(await figures(port, { Host: host, ...headers }), JSON.stringify(headers)).toEqual(none);
      }
      expect(await figures(port, { Host: "segue.example" })).toEqual(none);
    },
  );

  it("tell them elsewhere to whoever may", async () => {
    const port = await watched({
      trustedProxies: "loopback",
      mayLookIn: ({ headers }) => headers.authorization === "Bearer right",
    });
    const from = { "X-Forwarded-For": "192.168.1.7" };
    expect(await figures(port, { ...from, Authorization: "Bearer right" })).toEqual(all);
    expect(await figures(port, { ...from, Authorization: "Bearer wrong" })).toEqual(none);
    expect(await figures(port, { Authorization: "Bearer wrong" })).toEqual(all);
  });
});
