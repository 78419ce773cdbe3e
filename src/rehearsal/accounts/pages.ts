import { SCOPES } from "./scopes.ts";

/** Text made safe between tags and inside quoted attributes. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Choosing who one is: one button each. */
export function signInPage(about: {
  people: readonly { id: string; name: string; premium: boolean }[];
  goOn: string;
}): string {
  const buttons = about.people.map(
    ({ id, name, premium }) =>
      `<li><button class="person" name="person" value="${escaped(id)}"><span class="face" aria-hidden="true">${escaped([...name][0] ?? "")}</span>` +
      `<span>${escaped(name)}<small>${premium ? "Premium" : "Free plan"}</small></span></button></li>`,
  );
  return layout(
    "Who is listening?",
    `<p>There are no passwords in a rehearsal. Choose who you are.</p>
<form method="post" action="/login"><input type="hidden" name="continue" value="${escaped(about.goOn)}"><ul class="people">${buttons.join("")}</ul></form>`,
  );
}

/** What the app asks for, in plain words, with a way to agree and a way to refuse. */
export function consentPage(about: { app: string; person: string; scopes: readonly string[]; action: string }): string {
  const wishes = about.scopes.map((scope) => `<li>${escaped(SCOPES[scope] ?? scope)}</li>`);
  const list =
    wishes.length > 0 ? `<ul class="wishes">${wishes.join("")}</ul>` : "<p>Your public profile, and nothing else.</p>";
  return layout(
    `${escaped(about.app)} asks for your permission`,
    `<p>You agree that <strong>${escaped(about.app)}</strong> will be able to:</p>
${list}
<form method="post" action="${escaped(about.action)}" class="decision">
<button class="agree" name="decision" value="agree">Agree</button>
<button class="cancel" name="decision" value="cancel">Cancel</button>
</form>
<p class="who">Signed in as <strong>${escaped(about.person)}</strong>. <a href="/logout?${new URLSearchParams({ continue: about.action })}">Not you?</a></p>`,
  );
}

export function errorPage(message: string): string {
  return layout("This cannot go on", `<p class="error">${escaped(message)}</p>`);
}

/** What stands at the root, for whoever opens the address by hand. */
export function frontPage(): string {
  return layout(
    "A rehearsal",
    "<p>This is a false Spotify on your own machine, made for trying things out. Nothing here is real: not the people, not the devices, not the plays.</p>",
  );
}

function layout(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title} · rehearsal</title><style>${STYLE}</style></head>
<body><main><p class="badge">Rehearsal: not the real Spotify</p><h1>${title}</h1>
${body}
</main></body></html>`;
}

const STYLE = `
:root{--paper:#f4f5f3;--card:#fff;--ink:#15201a;--soft:#56625b;--line:#d9dfdb;--act:#1c7c47;--on-act:#fff;--warn:#8a4b00;--warn-bg:#fff1dd}
@media (prefers-color-scheme:dark){:root{--paper:#101512;--card:#1a211d;--ink:#ecf2ee;--soft:#a3b1a9;--line:#303a34;--act:#4ecb83;--on-act:#062312;--warn:#ffd08a;--warn-bg:#33260f}}
*{box-sizing:border-box}
html{background:var(--paper)}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main{width:min(30rem,100%);background:var(--card);border:1px solid var(--line);border-radius:1.25rem;padding:2rem;box-shadow:0 1rem 3rem rgb(0 0 0/.08)}
h1{font-size:1.5rem;line-height:1.25;margin:.75rem 0 1rem;text-wrap:balance}
.badge{display:inline-block;margin:0;padding:.2rem .7rem;border-radius:2rem;background:var(--warn-bg);color:var(--warn);font-size:.8rem;font-weight:600}
.wishes{list-style:none;margin:1rem 0 1.5rem;padding:0}
.wishes li{padding:.6rem 0 .6rem 1.9rem;border-bottom:1px solid var(--line);position:relative}
.wishes li:last-child{border:0}
.wishes li::before{content:"✓";position:absolute;left:.3rem;color:var(--act);font-weight:700}
.people{list-style:none;margin:1rem 0 0;padding:0;display:grid;gap:.6rem}
button{font:inherit;cursor:pointer;border-radius:2rem;border:1px solid var(--line);background:none;color:inherit;padding:.8rem 1.5rem;width:100%}
button:focus-visible,a:focus-visible{outline:3px solid var(--act);outline-offset:3px}
.person{display:flex;align-items:center;gap:.9rem;text-align:left;border-radius:1rem;padding:.7rem 1rem}
.person:hover,.cancel:hover{border-color:var(--soft)}
.person small{display:block;color:var(--soft)}
.face{flex:none;width:2.5rem;height:2.5rem;border-radius:50%;display:grid;place-items:center;background:var(--act);color:var(--on-act);font-weight:700}
.decision{display:grid;gap:.7rem}
.agree{background:var(--act);border-color:var(--act);color:var(--on-act);font-weight:700}
.agree:hover{filter:brightness(1.08)}
.who{margin:1.5rem 0 0;color:var(--soft);font-size:.9rem}
.error{font-family:ui-monospace,monospace;color:var(--warn);overflow-wrap:anywhere}
a{color:var(--act)}`;
