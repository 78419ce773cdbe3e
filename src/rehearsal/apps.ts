import { z } from "zod";
import { redirectUriProblem } from "./accounts/redirect-uri.ts";

/** An app as registered in the developer dashboard. */
export const appSchema = z.strictObject({
  clientId: z.string().min(1).max(100),
  /** Absent: the app can only use PKCE, and has no app tokens. */
  clientSecret: z.string().min(1).max(200).optional(),
  name: z.string().min(1).max(100).default("Segue (rehearsal)"),
  redirectUris: z.array(
    z.string().refine((uri) => redirectUriProblem(uri) === null, "not a redirect URI that can be registered"),
  ),
  mode: z.enum(["development", "extended"]).default("development"),
  /** Whether the developer account behind the app has Premium; without it a Development Mode app stops. */
  ownerPremium: z.boolean().default(true),
  /** The people who may use a Development Mode app: five at most. */
  allowlist: z.array(z.string()).max(5).default([]),
  /** Limits and quotas are counted per developer account, over all its apps. */
  developerId: z.string().min(1).default("developer"),
});

export type AppSeed = z.input<typeof appSchema>;
export type App = z.infer<typeof appSchema>;
