const maxRedirects = 10;
const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

export type Page = { url: string; status: number; html: string };

/**
 * As much of a browser as signing in needs: cookies by origin, redirects, forms. `routes` leads an origin that the world knows to
 * where it really listens, as a reverse proxy does.
 */
export function createBrowser(routes: Readonly<Record<string, string>> = {}) {
  const cookies = new Map<string, Map<string, string>>();
  let page: Page = { url: "", status: 0, html: "" };

  async function ask(url: URL, form?: URLSearchParams): Promise<Response> {
    const route = routes[url.origin];
    const forwarded = { "x-forwarded-host": url.host, "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7" };
    const jar = cookies.get(url.origin) ?? new Map<string, string>();
    cookies.set(url.origin, jar);
    const response = await fetch(new URL(`${url.pathname}${url.search}`, route ?? url.origin), {
      method: form ? "POST" : "GET",
      redirect: "manual",
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
        "accept-language": "en",
        ...(form ? { origin: url.origin } : {}),
        ...(route === undefined ? {} : forwarded),
      },
      ...(form ? { body: form } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0\b/i.test(line)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  }

  /** `stopAt`: an address that this browser cannot reach; it stands in the bar, and nothing is shown. */
  async function go(address: string, form?: URLSearchParams, stopAt?: string): Promise<Page> {
    let url = new URL(address);
    let response = await ask(url, form);
    for (let count = 0; count < maxRedirects; count++) {
      const next = response.headers.get("location");
      if (next === null) break;
      await response.body?.cancel();
      url = new URL(next, url);
      if (stopAt !== undefined && url.href.startsWith(stopAt)) {
        page = { url: url.href, status: 0, html: "" };
        return page;
      }
      response = await ask(url);
    }
    page = { url: url.href, status: response.status, html: await response.text() };
    return page;
  }

  return {
    open: (url: string) => go(url),
    page: () => page,
    /** The button whose words match, with the hidden fields of its form. */
    press(label: RegExp, stopAt?: string): Promise<Page> {
      for (const [, head = "", body = ""] of page.html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)) {
        const buttons = [...body.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)];
        const found = buttons.find(([, , words = ""]) => label.test(plain(words)));
        if (!found) continue;
        const hidden = [...body.matchAll(/<input\b([^>]*)>/g)].map(([, attributes = ""]) => attributes);
        const fields = new URLSearchParams();
        for (const attributes of [...hidden, found[1] ?? ""]) {
          const name = attribute(attributes, "name");
          if (name !== undefined) fields.append(name, attribute(attributes, "value") ?? "");
        }
        return go(new URL(attribute(head, "action") ?? "", page.url).href, fields, stopAt);
      }
      throw new Error(`no button ${label} on ${page.url} (${page.status}): ${plain(page.html).slice(0, 400)}`);
    },
    words: () => plain(page.html.replace(/<(style|script)[\s\S]*?<\/\1>/g, "")),
  };
}
export type TestBrowser = ReturnType<typeof createBrowser>;

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  return value === undefined ? undefined : decoded(value);
}

const decoded = (text: string) => text.replace(/&(#?\w+);/g, (all, name: string) => entities[name] ?? all);
const plain = (html: string) =>
  decoded(html.replace(/<[^>]*>/g, " "))
    .replace(/\s+/g, " ")
    .trim();
