import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import cookie from "@fastify/cookie";
import formbody from "@fastify/formbody";
import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from "fastify";
import type { LinkFlow } from "../accounts/links/browser.ts";
import type { Clock } from "../contracts/clock.ts";
import type { Log } from "../contracts/log.ts";
import type { FilePages } from "../listening/files/history-files.ts";
import { readAssets } from "./assets.ts";
import { addFileRoutes } from "./file-routes.ts";
import { addLinkRoutes, type Callback } from "./link-routes.ts";
import { createMountedServer, type Listener } from "./listeners.ts";
import { createOriginJudge, createTrust } from "./origin.ts";
import { addPictures, type FindPicture } from "./pictures.ts";
import { addProbes, type Metrics, type Readiness } from "./probes.ts";
import { explain, type PageFor } from "./send-page.ts";
import { listenError } from "./web-error.ts";
import { loadWords } from "./words.ts";

const BODY_BYTES = 16 * 1024;
const STOP_MS = 3_000;
const SLOW_CLIENT_MS = 10_000;
/** A household with the chat open in every window has some dozens. */
const CONNECTIONS_PER_ADDRESS = 200;

export type WebServerOptions = {
  host: string;
  /** 0 takes any free one. */
  port: number;
  publicUrl?: string;
  /** Addresses and networks whose X-Forwarded-* headers count, comma-separated. */
  trustedProxies?: string;
  clock: Clock;
  log: Log;
  linkFlow: LinkFlow;
  callbacks: readonly Callback[];
  listeners?: readonly Listener[];
  readiness: Readiness;
  metrics?: Metrics;
  /** Who reads metrics and the reasons of `/readyz` from elsewhere; this machine itself always may. */
  mayLookIn?: (request: IncomingMessage) => boolean;
  pictures?: FindPicture;
  /** Pages for files of listening. */
  files?: FilePages;
  /** The folder of the languages. */
  locales: string;
  locale?: string;
  /** A platform as people know it; by default its id with a capital. */
  platformName?: (platform: string) => string;
  /** Requests for link pages of one address per minute. */
  pagesPerMinute?: number;
  /** How long a client may take over its headers. */
  slowClientMs?: number;
  /** How many connections one address may hold at a time; this machine itself and trusted proxies may hold all. */
  connectionsPerAddress?: number;
};

export type WebServer = {
  /** Resolves when listening, with the port in use. Rejects with a WebError. */
  start(): Promise<{ port: number }>;
  /** Lets answers in hand end, for `withinMs` at the most. */
  stop(withinMs?: number): Promise<void>;
};

/** The one web server: link pages, probes, and what the chat platforms mount. */
export function createWebServer(options: WebServerOptions): WebServer {
  const { clock, log } = options;
  const origin = createOriginJudge(options);
  const trusts = createTrust(options.trustedProxies);
  const words = loadWords(options.locales, options.locale);
  let server: Server | undefined;
  let running: FastifyInstance | undefined;

  const assets = readAssets();
  const pageFor: PageFor = (request) => ({
    words: words.choose(request.headers["accept-language"]),
    assets: assets.paths,
  });

  async function build(): Promise<FastifyInstance> {
    const app: FastifyInstance = Fastify({
      logger: false,
      bodyLimit: BODY_BYTES,
      // A HEAD of the way back would use up its state.
      exposeHeadRoutes: false,
      genReqId: () => randomUUID(),
      return503OnClosing: true,
      routerOptions: { maxParamLength: 200 },
      frameworkErrors: (error, request, reply) => explain(request, reply, error.statusCode ?? 400, pageFor),
      serverFactory: (handler) => {
        server = createMountedServer(options.listeners ?? [], origin, handler, {
          slowClientMs: options.slowClientMs ?? SLOW_CLIENT_MS,
          perAddress: options.connectionsPerAddress ?? CONNECTIONS_PER_ADDRESS,
          trusts,
          clock,
        });
        return server;
      },
    });
    await app.register(cookie);
    await app.register(formbody, { bodyLimit: BODY_BYTES });
    await app.register(rateLimit, {
      global: false,
      keyGenerator: (request: FastifyRequest) => origin(request.raw).address,
    });
    assets.serve(app);

    app.addHook("onResponse", async (request, reply) => {
      // The route's pattern and never the address: that carries tokens and codes.
      const { method, id } = request;
      const fields = { requestId: id, method, route: request.routeOptions.url ?? "none", status: reply.statusCode };
      log.debug({ ...fields, ms: Math.round(reply.elapsedTime) }, "request");
    });
    app.setNotFoundHandler((request, reply) => explain(request, reply, 404, pageFor));
    app.setErrorHandler((error: FastifyError, request, reply) => {
      const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
      const fields = { err: error, requestId: request.id, route: request.routeOptions.url };
      if (status >= 500) log.error(fields, "a request failed");
      return explain(request, reply, status, pageFor);
    });

    addProbes(app, {
      clock,
      log,
      origin,
      readiness: options.readiness,
      ...(options.metrics && { metrics: options.metrics }),
      ...(options.mayLookIn && { mayLookIn: options.mayLookIn }),
    });
    if (options.pictures) addPictures(app, { find: options.pictures, clock });
    const common = {
      clock,
      origin,
      pageFor,
      platformName:
        options.platformName ?? ((platform: string) => platform.charAt(0).toUpperCase() + platform.slice(1)),
      perMinute: options.pagesPerMinute ?? 60,
    };
    addLinkRoutes(app, { ...common, linkFlow: options.linkFlow, callbacks: options.callbacks });
    const { files } = options;
    // In a room of its own: nowhere else are forms with files read.
    if (files) await app.register((scope) => addFileRoutes(scope, { ...common, files, log }));
    return app;
  }

  return {
    async start() {
      const app = await build();
      try {
        await app.listen({ host: options.host, port: options.port });
      } catch (cause) {
        await app.close();
        throw listenError(cause, options.host, options.port);
      }
      running = app;
      const address = server?.address();
      return { port: typeof address === "object" && address !== null ? address.port : options.port };
    },
    async stop(withinMs = STOP_MS) {
      if (!running) return;
      const app = running;
      running = undefined;
      const closed = new AbortController();
      const impatience = clock.sleep(withinMs, closed.signal).then(
        () => server?.closeAllConnections(),
        () => undefined,
      );
      server?.closeIdleConnections();
      await app.close();
      closed.abort();
      await impatience;
    },
  };
}
