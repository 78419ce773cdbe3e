import type { FastifyReply, FastifyRequest } from "fastify";
import { pagePolicy } from "./headers.ts";
import { failedPage, plainPage } from "./pages/failed.ts";
import type { Page } from "./pages/layout.ts";

/** What pages are made with, for the language of who asks. */
export type PageFor = (request: FastifyRequest) => Page;

/** `formsTo`: other origins that the page's form may lead to. */
export function sendPage(
  reply: FastifyReply,
  status: number,
  page: string,
  formsTo: readonly string[] = [],
  allowed: { scripts?: boolean } = {},
): FastifyReply {
  return reply
    .code(status)
    .headers({
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": pagePolicy(formsTo, allowed),
      "Cross-Origin-Resource-Policy": "same-origin",
      "X-Robots-Tag": "noindex",
    })
    .send(page);
}

const codes: Record<number, string> = { 404: "not_found", 413: "too_large", 429: "rate_limited" };

/** What is said when a request cannot be served: a page to people, JSON to programs, and nothing of why to either. */
export function explain(request: FastifyRequest, reply: FastifyReply, status: number, pageFor: PageFor): FastifyReply {
  if (!request.headers.accept?.includes("text/html")) {
    const code = codes[status] ?? (status >= 500 ? "internal" : "invalid_input");
    const message = status >= 500 ? `This failed. Reference: ${request.id}` : "This request cannot be served.";
    return reply.code(status).send({ error: { code, message } });
  }
  const page = pageFor(request);
  if (status >= 500) {
    return sendPage(reply, status, failedPage(page, { kind: "failed", failure: "internal" }, request.id));
  }
  const kind = status === 404 ? "not_found" : status === 429 ? "too_many" : "bad_request";
  return sendPage(reply, status, plainPage(page, kind));
}
