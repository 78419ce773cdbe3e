import type { App } from "../apps.ts";
import { type Exchange, empty, html, type Reply } from "../http/exchange.ts";
import type { Person } from "../people.ts";
import type { World } from "../world.ts";
import { consentPage, errorPage, signInPage } from "./pages.ts";
import { redirectUriMatches } from "./redirect-uri.ts";
import { parseScopes } from "./scopes.ts";

const COOKIE = "segue_rehearsal_person";
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

interface Wanted {
  readonly app: App;
  readonly redirectUri: string;
  readonly state: string | null;
  readonly scopes: readonly string[];
  readonly challenge: string | null;
}

/** `GET /authorize`: sign in first, whatever was asked; only then is the request looked at. */
export function answerAuthorize(world: World, exchange: Exchange): Reply {
  const person = signedIn(world, exchange);
  if (person === undefined)
    return empty(303, { location: `/login?${new URLSearchParams({ continue: `/authorize?${exchange.query}` })}` });
  const wanted = examine(world, exchange.query);
  if ("refusal" in wanted) return wanted.refusal;
  const again = exchange.query.get("show_dialog") === "true";
  if (!again && consented(world, wanted, person)) return withCode(world, wanted, person);
  return page(
    consentPage({
      app: wanted.app.name,
      person: person.name,
      scopes: wanted.scopes,
      action: `/authorize?${exchange.query}`,
    }),
  );
}

/** `POST /authorize`: Agree or Cancel, by the person of the cookie. */
export function answerConsent(world: World, exchange: Exchange): Reply {
  const person = signedIn(world, exchange);
  if (person === undefined) return empty(303, { location: `/authorize?${exchange.query}` });
  const wanted = examine(world, exchange.query);
  if ("refusal" in wanted) return wanted.refusal;
  const decision = new URLSearchParams(exchange.body.toString("utf8")).get("decision");
  if (decision === "agree") return withCode(world, wanted, person);
  return back(wanted, { error: "access_denied" });
}

/** `GET /login`: who are you? There are no passwords in a rehearsal. */
export function answerLogin(world: World, exchange: Exchange): Reply {
  const people = [...world.people.values()].map(({ id, name, premium }) => ({ id, name, premium }));
  return page(signInPage({ people, goOn: exchange.query.get("continue") ?? "" }));
}

/** `POST /login`: the person is remembered for this browser, and the journey goes on where it was. */
export function answerSignIn(world: World, exchange: Exchange): Reply {
  const form = new URLSearchParams(exchange.body.toString("utf8"));
  const person = world.people.get(form.get("person") ?? "");
  if (person === undefined) return page(errorPage("Nobody by that name is part of this rehearsal."), 400);
  const goOn = form.get("continue") ?? "";
  const cookie = `${COOKIE}=${encodeURIComponent(person.id)}; Path=/; HttpOnly; SameSite=Lax`;
  // Only ever to the consent page of this very server.
  return empty(303, { location: goOn.startsWith("/authorize?") ? goOn : "/", "set-cookie": cookie });
}

/** Forgets who is signed in and asks again. */
export function answerSignOut(exchange: Exchange): Reply {
  const location = `/login?${new URLSearchParams({ continue: exchange.query.get("continue") ?? "" })}`;
  return empty(303, { location, "set-cookie": `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax` });
}

/** Where the browser would be sent if `person` agreed (or not) to what `address` asks: consent without a browser. */
export function consentTo(world: World, address: string, person: Person, agree: boolean): string {
  const wanted = examine(world, new URL(address).searchParams);
  const decided = () =>
    "refusal" in wanted
      ? wanted.refusal
      : agree
        ? withCode(world, wanted, person)
        : back(wanted, { error: "access_denied" });
  const location = decided().headers?.location;
  if (location === undefined)
    throw new RangeError("the accounts service would show an error page instead of the consent page");
  return location;
}

/** What the query asks for; or the refusal, which goes back to the app only once its address is known to be its own. */
function examine(world: World, query: URLSearchParams): Wanted | { refusal: Reply } {
  const app = world.apps.get(query.get("client_id") ?? "");
  if (app === undefined) return { refusal: page(errorPage("INVALID_CLIENT: Invalid client"), 400) };
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!redirectUriMatches(app.redirectUris, redirectUri))
    return { refusal: page(errorPage("INVALID_CLIENT: Invalid redirect URI"), 400) };
  const target = { app, redirectUri, state: query.get("state") };
  if (query.get("response_type") !== "code") return { refusal: back(target, { error: "unsupported_response_type" }) };
  const scopes = parseScopes(query.get("scope"));
  if (scopes === undefined) return { refusal: back(target, { error: "invalid_scope" }) };
  const challenge = query.get("code_challenge");
  if (challenge !== null && (query.get("code_challenge_method") !== "S256" || !CHALLENGE.test(challenge))) {
    return {
      refusal: back(target, { error: "invalid_request", error_description: "code_challenge_method must be S256" }),
    };
  }
  return { ...target, scopes, challenge };
}

/** Agreed before, to at least as much, and still in force. */
function consented(world: World, wanted: Wanted, person: Person): boolean {
  const grants = world.grants.find({ userId: person.id, clientId: wanted.app.clientId });
  return grants.some(
    (grant) => world.grants.alive(grant) && wanted.scopes.every((scope) => grant.scopes.includes(scope)),
  );
}

function withCode(world: World, wanted: Wanted, person: Person): Reply {
  const { app, redirectUri, scopes, challenge } = wanted;
  return back(wanted, {
    code: world.grants.issueCode({ clientId: app.clientId, userId: person.id, scopes, redirectUri, challenge }),
  });
}

function back(to: Pick<Wanted, "redirectUri" | "state">, answer: Record<string, string>): Reply {
  const location = new URL(to.redirectUri);
  for (const [name, value] of Object.entries(answer)) location.searchParams.set(name, value);
  if (to.state !== null) location.searchParams.set("state", to.state);
  return empty(303, { location: location.href });
}

function page(body: string, status = 200): Reply {
  return html(status, body, {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "cache-control": "no-store",
  });
}

function signedIn(world: World, exchange: Exchange): Person | undefined {
  for (const pair of (exchange.headers.cookie ?? "").split(";")) {
    const [name, value = ""] = pair.trim().split("=");
    if (name !== COOKIE) continue;
    try {
      return world.people.get(decodeURIComponent(value));
    } catch {
      return undefined;
    }
  }
  return undefined;
}
