import type { Sent, UserRef } from "../../src/contracts/incoming.ts";

export const platform = "discord";

/** The tenant of a conversation between people, where the app is only as the guest of the one who installed it. */
export const privateChannel = "private";

/** Ids of people are the same in every server, so that one who linked anywhere is known everywhere. */
export function userRef(id: string): UserRef {
  return { platform, tenant: "", id };
}

/**
 * A message that only an interaction's token can change (seen by one person, or where the bot is no member) is named apart:
 * when the token is over, nobody needs to ask Discord to know that.
 */
const byTokenMark = "t:";

export function sentId(messageId: string, byToken: boolean): string {
  return byToken ? `${byTokenMark}${messageId}` : messageId;
}

export function readSentId({ id }: Sent): { messageId: string; byToken: boolean } {
  return id.startsWith(byTokenMark)
    ? { messageId: id.slice(byTokenMark.length), byToken: true }
    : { messageId: id, byToken: false };
}
