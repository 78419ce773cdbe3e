import { Readable } from "node:stream";
import multipart from "@fastify/multipart";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import type { Clock } from "../contracts/clock.ts";
import { isSegueError } from "../contracts/errors.ts";
import type { Log } from "../contracts/log.ts";
import type { FilePages } from "../listening/files/history-files.ts";
import { letTakeTime } from "./listeners.ts";
import type { OriginJudge } from "./origin.ts";
import {
  broughtPage,
  downloadPage,
  type FilePage,
  overPage,
  type UploadFailure,
  uploadFailures,
  uploadPage,
} from "./pages/files.ts";
import { whereSpoken } from "./pages/layout.ts";
import { type PageFor, sendPage } from "./send-page.ts";
import { csrfFits, csrfOf, tieBrowser, tieOf } from "./ties.ts";

export type FileRoutes = {
  files: FilePages;
  clock: Clock;
  log: Log;
  origin: OriginJudge;
  pageFor: PageFor;
  platformName: (platform: string) => string;
  /** Requests of one address per minute. */
  perMinute: number;
};

/** A line on which nothing came for so long is dead. */
const IDLE_MS = 60_000;
/** Nobody's listening is more; the same bound holds where the bytes are kept. */
const MOST_BYTES = 2 * 1024 ** 3;
/** As long as the page is good. */
const TIE_S = 60 * 60;
const FIELD_BYTES = 200;
const MOST_FAILURES = 1_000;

const params = z.object({ token: z.string().max(200) });
const answered = z.object({ csrf: z.string().max(100), answer: z.enum(["mine", "not_mine", "cancel"]) });
const asked = z.object({ csrf: z.string().max(100) });
const field = z.object({ value: z.string().max(100) });

/** Pages on which a person hands over a file of listening, or takes their own away. */
export async function addFileRoutes(app: FastifyInstance, options: FileRoutes): Promise<void> {
  const { files, clock, log, pageFor, platformName } = options;
  const limited = { config: { rateLimit: { max: options.perMinute, timeWindow: 60_000 } } };
  const secure = (request: FastifyRequest) => options.origin(request.raw).secure;
  /** Why the last file of a page did not arrive, for whoever loads it again: the answer itself may have been lost with the line. */
  const failures = new LRUCache<string, UploadFailure>({
    max: MOST_FAILURES,
    ttl: TIE_S * 1_000,
    perf: clock,
    ttlResolution: 0,
  });
  await app.register(multipart, {
    limits: {
      files: 1,
      fields: 2,
      parts: 3,
      fieldSize: FIELD_BYTES,
      headerPairs: 20,
      fileSize: Number.POSITIVE_INFINITY,
    },
  });

  type Found = NonNullable<Awaited<ReturnType<FilePages["find"]>>>;

  function aboutOf(
    request: FastifyRequest,
    reply: FastifyReply,
    token: string,
    { invitation }: Found,
    path: string,
  ): FilePage {
    const tie = tieBrowser(request, reply, invitation.id, secure(request), TIE_S);
    const { platform } = invitation.user;
    return {
      action: `${path}/${token}`,
      csrf: csrfOf(tie, token),
      userName: invitation.userName,
      where: whereSpoken(pageFor(request), platform, platformName(platform)),
      untilAt: invitation.untilAt,
      now: clock.now(),
    };
  }

  /** Another site's form has neither the cookie nor what is made from it. */
  function fits(request: FastifyRequest, token: string, { invitation }: Found, csrf: string): boolean {
    const site = request.headers["sec-fetch-site"];
    const tie = tieOf(request, secure(request))(invitation.id);
    return (site === undefined || site === "same-origin") && tie !== undefined && csrfFits(csrf, tie, token);
  }

  const over = (request: FastifyRequest, reply: FastifyReply) => sendPage(reply, 404, overPage(pageFor(request)));
  const back = (reply: FastifyReply, address: string) => reply.code(303).header("Location", address).send();
  const scripted = { scripts: true };

  app.get("/history/import/:token", limited, async (request, reply) => {
    const { token } = params.parse(request.params);
    const found = await files.find(token);
    if (found?.invitation.to !== "bring") return over(request, reply);
    const { invitation, state } = found;
    const page = pageFor(request);
    const about = aboutOf(request, reply, token, found, "/history/import");
    if (!invitation.used && state?.status !== "arriving")
      return sendPage(reply, 200, uploadPage(page, about, failures.get(invitation.id)), [], scripted);
    // What came of it long ago, before the program was started anew, is told in the chat.
    return state ? sendPage(reply, 200, broughtPage(page, state, about), [], scripted) : over(request, reply);
  });

  /** Nobody holds a line that says nothing. Rejects when the signal ends it. */
  async function endWhenIdle({ raw }: FastifyRequest, signal: AbortSignal): Promise<void> {
    for (let before = -1; before !== raw.socket.bytesRead; ) {
      before = raw.socket.bytesRead;
      await clock.sleep(IDLE_MS, signal);
    }
    raw.destroy();
  }

  /** Reads the form up to its file, which is not kept anywhere before the page is known to be the person's own. */
  async function receive(request: FastifyRequest, token: string, found: Found): Promise<UploadFailure | undefined> {
    if (Number(request.headers["content-length"] ?? 0) > MOST_BYTES) return "too_large";
    const ended = new AbortController();
    letTakeTime(request.raw);
    endWhenIdle(request, ended.signal).catch(() => undefined);
    try {
      const part = await request.file();
      const csrf = field.safeParse(part?.fields.csrf);
      if (!part || part.filename === "") return "no_file";
      if (!csrf.success || !fits(request, token, found, csrf.data.value)) return "broken";
      await files.receive(token, part.file, part.filename);
      return undefined;
    } catch (error) {
      const why = isSegueError(error, "InvalidInput")
        ? uploadFailures.find((each) => each === error.details.why)
        : undefined;
      if (why === undefined) log.info({ error, requestId: request.id }, "a file did not arrive");
      return why ?? "broken";
    } finally {
      ended.abort();
    }
  }

  app.post("/history/import/:token", limited, async (request, reply) => {
    const { token } = params.parse(request.params);
    const found = await files.find(token);
    if (found?.invitation.to !== "bring" || found.invitation.used || !request.isMultipart())
      return over(request, reply.header("Connection", "close"));
    const failure = await receive(request, token, found);
    if (failure === undefined) failures.delete(found.invitation.id);
    else {
      failures.set(found.invitation.id, failure);
      // What was not read of it is nothing that the next request begins with.
      reply.header("Connection", "close");
    }
    return back(reply, `/history/import/${token}`);
  });

  app.post("/history/import/:token/answer", limited, async (request, reply) => {
    const { token } = params.parse(request.params);
    const found = await files.find(token);
    const given = answered.safeParse(request.body);
    if (!found || !given.success || !fits(request, token, found, given.data.csrf)) return over(request, reply);
    await (given.data.answer === "mine" ? files.confirm(token) : files.cancel(token));
    return back(reply, `/history/import/${token}`);
  });

  app.get("/history/export/:token", limited, async (request, reply) => {
    const { token } = params.parse(request.params);
    const found = await files.find(token);
    if (!found || found.invitation.to === "bring" || found.invitation.used) return over(request, reply);
    const about = aboutOf(request, reply, token, found, "/history/export");
    return sendPage(
      reply,
      200,
      downloadPage(pageFor(request), about, found.invitation.to === "csv" ? "CSV" : "JSON Lines"),
    );
  });

  app.post("/history/export/:token", limited, async (request, reply) => {
    const { token } = params.parse(request.params);
    const found = await files.find(token);
    const given = asked.safeParse(request.body);
    if (!found || !given.success || !fits(request, token, found, given.data.csrf)) return over(request, reply);
    const taken = await files.take(token);
    if (!taken) return over(request, reply);
    return reply
      .headers({
        "Content-Type": `${taken.mediaType}; charset=utf-8`,
        "Content-Disposition": `attachment; filename="${taken.name}"`,
        "Cross-Origin-Resource-Policy": "same-origin",
      })
      .send(Readable.from(taken.texts));
  });
}
