import type { Person } from "../people.ts";
import type { Rendered } from "./music.ts";
import { identity, type View } from "./view.ts";

/** The listener's own profile. Development Mode learns neither the plan nor the country nor the address. */
export function privateUser(view: View, person: Person, scopes: ReadonlySet<string>): Rendered {
  return {
    ...identity(view, "user", person.id),
    account_id: person.accountId,
    display_name: person.name,
    images: [],
    ...(view.extended ? { followers: { href: null, total: 0 } } : {}),
    ...(view.extended && scopes.has("user-read-email") ? { email: `${person.id}@rehearsal.invalid` } : {}),
    ...(view.extended && scopes.has("user-read-private")
      ? {
          country: person.country,
          product: person.premium ? "premium" : "free",
          explicit_content: { filter_enabled: false, filter_locked: false },
        }
      : {}),
  };
}

export function publicUser(view: View, person: Person): Rendered {
  return {
    ...identity(view, "user", person.id),
    display_name: person.name,
    images: [],
    followers: { href: null, total: 0 },
  };
}
