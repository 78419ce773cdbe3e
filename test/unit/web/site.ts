import http from "node:http";
import { join } from "node:path";
import { createWebServer, type WebServerOptions } from "../../../src/web/server.ts";
import { silentLog } from "../../support/log.ts";
import { callbackPath } from "../accounts/tunes.ts";
import { createWorld, type World } from "../accounts/world.ts";

export const locales = join(import.meta.dirname, "../../../locales");
export const loginPath = "/v1/tunes/auth/login";

export type Answer = { status: number; headers: http.IncomingHttpHeaders; body: string };
export type Ask = { method?: string; headers?: Record<string, string>; body?: string };

/** One request to loopback with headers as given, `Host` among them: fetch would set its own. */
export function ask(port: number, path: string, { method = "GET", headers = {}, body }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** Keeps cookies as a browser does, and says that it is one. */
export type Browser = {
  get(address: string, headers?: Record<string, string>): Promise<Answer>;
  submit(address: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Answer>;
  cookies: Map<string, string>;
};

export type Site = {
  world: World;
  port: number;
  browser(): Browser;
  /** Stops and starts the server with new accounts over the same store, on the same port. */
  restart(): Promise<void>;
  close(): Promise<void>;
};

export async function createSite(
  options: Partial<WebServerOptions> = {},
  accounts: Parameters<typeof createWorld>[0] = {},
): Promise<Site> {
  const world = await createWorld(accounts);
  const make = (port: number) =>
    createWebServer({
      host: "127.0.0.1",
      port,
      clock: world.clock,
      log: silentLog,
      linkFlow: world.part.linkFlow,
      callbacks: [{ provider: "tunes", providerName: "Tunes", callbackPath, loginPath }],
      readiness: () => ({}),
      locales,
      ...options,
    });
  let server = make(0);
  const { port } = await server.start();
  if (!options.publicUrl) world.tunes.linking.redirectUri = `http://127.0.0.1:${port}${callbackPath}`;

  return {
    world,
    port,
    browser() {
      const cookies = new Map<string, string>();
      async function send(address: string, request: Ask): Promise<Answer> {
        const { pathname, search, host } = new URL(address, `http://127.0.0.1:${port}`);
        const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
        const answer = await ask(port, pathname + search, {
          ...request,
          headers: {
            Host: host,
            Accept: "text/html",
            "Sec-Fetch-Dest": "document",
            "Sec-Fetch-Mode": "navigate",
            ...(cookie && { Cookie: cookie }),
            ...request.headers,
          },
        });
        for (const line of answer.headers["set-cookie"] ?? []) {
          const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          cookies.set(name, value);
        }
        return answer;
      }
      return {
        cookies,
        get: (address, headers = {}) => send(address, { headers }),
        submit: (address, fields, headers = {}) =>
          send(address, {
            method: "POST",
            headers: {
              "Content-Type": "application/x-www-form-urlencoded",
              Origin: "null",
              "Sec-Fetch-Site": "same-origin",
              ...headers,
            },
            body: new URLSearchParams(fields).toString(),
          }),
      };
    },
    async restart() {
      await server.stop();
      await world.restart();
      server = make(port);
      await server.start();
    },
    async close() {
      await server.stop();
      await world.close();
    },
  };
}

export const title = ({ body }: Answer): string =>
  /<h1>(.*?)<\/h1>/.exec(body)?.[1]?.replace(/[\u2068\u2069]/g, "") ?? "";
export const csrf = ({ body }: Answer): string => /name="csrf" value="([^"]*)"/.exec(body)?.[1] ?? "";
export const shownCode = ({ body }: Answer): string => /<code[^>]*>([^<]*)</.exec(body)?.[1] ?? "";
export const plain = ({ body }: Answer): string => body.replace(/[\u2068\u2069]/g, "");
