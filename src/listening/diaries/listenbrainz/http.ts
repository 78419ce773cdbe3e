import { SegueError } from "../../../contracts/errors.ts";
import type { Http, HttpCall } from "../../../net/call.ts";
import type { DiaryCall } from "../service.ts";

export const id = "listenbrainz";

/**
 * One call to ListenBrainz (https://listenbrainz.readthedocs.io/en/latest/users/api/index.html). It limits by address of the
 * caller and says how long to wait in `X-RateLimit-Reset-In`, which the HTTP policy keeps to.
 */
export function createCaller({ http, apiUrl }: { http: Http; apiUrl: string }) {
  return async (
    call: DiaryCall,
    about: Pick<HttpCall, "method" | "path" | "query" | "json"> & { token?: string },
  ): Promise<unknown> => {
    const { token, ...request } = about;
    const answer = await http.request({
      service: "ListenBrainz",
      budget: id,
      group: request.method === "POST" ? "write" : "read",
      baseUrl: apiUrl,
      // A listen sent twice is one listen: it is known by its start and its words.
      repeat: true,
      answer: "json",
      ...request,
      ...call,
      ...(token === undefined ? {} : { headers: { Authorization: `Token ${token}` } }),
    });
    if (answer.status < 300) return answer.json;
    switch (answer.status) {
      case 401:
        throw new SegueError("NeedsRelink", { provider: id });
      case 404:
        throw new SegueError("NotFound", { what: "diary_user" });
      case 400:
      case 413:
        throw new SegueError("InvalidInput", { field: "entry", why: "refused" });
      default:
        throw new SegueError("Unavailable", { service: "ListenBrainz", why: "status", status: answer.status });
    }
  };
}
