import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Asking, Code, Failed, Linked, LinkFlow } from "../accounts/links/browser.ts";
import type { LinkFailure } from "../contracts/accounts.ts";
import type { Clock } from "../contracts/clock.ts";
import { isVisit, readsAhead } from "./headers.ts";
import type { OriginJudge } from "./origin.ts";
import { askPage } from "./pages/ask.ts";
import { failedPage, loginPage } from "./pages/failed.ts";
import { type Page, whereSpoken } from "./pages/layout.ts";
import { codePage, linkedPage } from "./pages/results.ts";
import { type PageFor, sendPage } from "./send-page.ts";
import { csrfFits, csrfOf, tieBrowser, tieOf } from "./ties.ts";

/** A provider's way back, and the page beside it for those who come without a link. Paths are the operator's to register. */
export type Callback = { provider: string; providerName: string; callbackPath: string; loginPath?: string };

export type LinkRoutes = {
  linkFlow: LinkFlow;
  callbacks: readonly Callback[];
  clock: Clock;
  origin: OriginJudge;
  pageFor: PageFor;
  platformName: (platform: string) => string;
  /** Requests of one address per minute. */
  perMinute: number;
};

const statuses: Partial<Record<LinkFailure, number>> = {
  access_denied: 200,
  unknown: 404,
  expired: 410,
  reused: 410,
  replaced: 410,
  other_account_linked: 409,
  wrong_client: 502,
  redirect_mismatch: 502,
  service_down: 503,
  internal: 500,
};

const text = (most: number) => z.string().min(1).max(most).optional().catch(undefined);
/** Doubled parameters come as a list and count as none. */
const returned = z.object({ state: text(100), code: text(2_048), error: text(100) });
const form = z.object({ csrf: z.string().max(100) });
const params = z.object({ token: z.string().max(200) });

export function addLinkRoutes(app: FastifyInstance, options: LinkRoutes): void {
  const { linkFlow, clock, pageFor, platformName } = options;
  const secure = (request: FastifyRequest) => options.origin(request.raw).secure;
  const where = (page: Page, platform: string) => whereSpoken(page, platform, platformName(platform));
  const limited = { config: { rateLimit: { max: options.perMinute, timeWindow: 60_000 } } };

  function show(request: FastifyRequest, reply: FastifyReply, result: Linked | Code | Failed): FastifyReply {
    const page = pageFor(request);
    if (result.kind === "linked")
      return sendPage(reply, 200, linkedPage(page, result, where(page, result.link.platform)));
    if (result.kind === "code") {
      const about = { where: where(page, result.link.platform), now: clock.now() };
      return sendPage(reply, 200, codePage(page, result, about));
    }
    // The attempt's id stands in the log beside what went wrong; it opens nothing.
    const reference = result.failure === "internal" ? (result.link?.linkId ?? request.id) : undefined;
    return sendPage(reply, statuses[result.failure] ?? 403, failedPage(page, result, reference));
  }

  function ask(request: FastifyRequest, reply: FastifyReply, token: string, asking: Asking): FastifyReply {
    const tie = tieBrowser(request, reply, asking.link.linkId, secure(request));
    const blank = pageFor(request);
    const page = askPage(blank, asking, {
      action: `/link/${token}`,
      csrf: csrfOf(tie, token),
      where: where(blank, asking.link.platform),
      now: clock.now(),
    });
    return sendPage(reply, 200, page, [asking.authorizeOrigin]);
  }

  app.route({
    method: ["GET", "HEAD"],
    url: "/link/:token",
    ...limited,
    handler: async (request, reply) => {
      const { token } = params.parse(request.params);
      const opened = request.method === "GET" && isVisit(request.raw);
      const result = await linkFlow.look(token, tieOf(request, secure(request)), opened);
      return result.kind === "ask" ? ask(request, reply, token, result) : show(request, reply, result);
    },
  });

  app.post("/link/:token", limited, async (request, reply) => {
    const { token } = params.parse(request.params);
    const { csrf } = form.catch({ csrf: "" }).parse(request.body);
    const site = request.headers["sec-fetch-site"];
    const ties = tieOf(request, secure(request));
    // The form counts only with the tie it was made for: another site has neither, and a browser without cookies cannot
    // come back as itself.
    const fits = (linkId: string) => {
      const tie = ties(linkId);
      return tie !== undefined && csrfFits(csrf, tie, token) ? tie : undefined;
    };
    if (site !== undefined && site !== "same-origin")
      return show(request, reply, { kind: "failed", failure: "wrong_browser" });
    const result = await linkFlow.begin(token, fits);
    if (result.kind !== "redirect") return show(request, reply, result);
    return reply.code(303).header("Location", result.url).send();
  });

  for (const { provider, providerName, callbackPath, loginPath } of options.callbacks) {
    app.get(callbackPath, limited, async (request, reply) => {
      // The state would be used up by a browser that only reads ahead.
      if (readsAhead(request.raw)) return reply.code(503).send();
      const query = returned.parse(request.query);
      const result = await linkFlow.comeBack({ provider, ...query, tieOf: tieOf(request, secure(request)) });
      return show(request, reply, result);
    });
    if (loginPath !== undefined) {
      app.get(loginPath, limited, (request, reply) => sendPage(reply, 200, loginPage(pageFor(request), providerName)));
    }
  }
}
