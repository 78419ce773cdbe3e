import { SegueError } from "../contracts/errors.ts";
import type { Reply } from "../contracts/reply.ts";
import type { ViewContext } from "../contracts/skill.ts";
import type { I18n } from "./i18n.ts";
import type { Registry } from "./registry.ts";
import { createMoments, type Moments } from "./times.ts";

export type ViewScope = Omit<ViewContext, "t" | "view" | "led"> & { led?: boolean };

/** A subject shown by the skill that owns its kind, in that skill's words. Raises NotFound when the subject is gone, and Forbidden. */
export async function renderView(
  parts: { registry: Registry; i18n: I18n },
  scope: ViewScope,
  kind: string,
  key: string,
  /** Of the reply that the view becomes a part of. */
  moments: Moments = createMoments(),
): Promise<Reply> {
  const view = parts.registry.view(kind);
  const permission = view?.skill.permission;
  if (typeof permission === "string") await scope.permit(permission);
  const reply = await view?.render(
    {
      ...scope,
      led: scope.led ?? false,
      t: parts.i18n.translator(view.skill.name, scope.locale, scope.person.timeZone, moments.note),
      view: (otherKind, otherKey, options) =>
        renderView(parts, { ...scope, led: false, ...options }, otherKind, otherKey, moments),
    },
    key,
  );
  if (!reply) throw new SegueError("NotFound", { what: "view" });
  const shows = reply.view?.shows;
  return { ...moments.timed(reply), view: { kind, key, ...(shows ? { shows } : {}) } };
}
