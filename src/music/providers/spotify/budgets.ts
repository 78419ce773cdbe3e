/**
 * Who pays for a call. The Web API's quota counts per developer account over all people
 * (https://developer.spotify.com/blog/2026-07-23-web-api-quota-updates): one budget for everybody. The accounts service is
 * another host outside that quota, and a spent day must not keep anybody from linking or renewing.
 */
export const budgets = { api: "spotify", accounts: "spotify-accounts" } as const;
