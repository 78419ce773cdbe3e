import type { Accounts, LinkProgress } from "../../src/contracts/accounts.ts";
import { SegueError } from "../../src/contracts/errors.ts";
import type { Events } from "../../src/contracts/events.ts";
import type { Sent } from "../../src/contracts/incoming.ts";
import { type Need, needs } from "../../src/contracts/music.ts";

export type ScriptedAccounts = Accounts & {
  /** What each linked person granted; a person who is not there is not linked. */
  readonly granted: Map<string, Need[]>;
  readonly links: Map<string, LinkProgress>;
  readonly attached: Map<string, Sent>;
  readonly pasted: string[];
  readonly operators: Set<string>;
  /** The browser's half: the person agrees to what was asked. */
  finish(linkId: string): void;
};

const notScripted = (): never => {
  throw new Error("joining is not scripted: give the conversation the real accounts");
};
const nobodyJoins: Accounts["joins"] = {
  code: notScripted,
  redeem: notScripted,
  spoil: notScripted,
  resume: notScripted,
  answer: notScripted,
  progress: async () => undefined,
  told: notScripted,
  identities: async () => [],
  leave: notScripted,
};

/** Linking without a browser: a link is finished when the test says so. */
export function createScriptedAccounts(
  events: Events,
  options: { linked?: boolean; linkable?: boolean } = {},
): ScriptedAccounts {
  const granted = new Map<string, Need[]>();
  const links = new Map<string, LinkProgress>();
  const attached = new Map<string, Sent>();
  const pasted: string[] = [];
  const operators = new Set<string>();
  const everything = [...needs];

  const accounts: ScriptedAccounts = {
    granted,
    links,
    attached,
    pasted,
    operators,
    linkable: () => (options.linkable === false ? [] : [{ id: "test", name: "Testify" }]),
    async require(personId, provider, wanted) {
      if (options.linkable === false) return;
      const given = granted.get(personId) ?? (options.linked ? everything : undefined);
      if (!given) throw new SegueError("NotLinked", { provider });
      const missing = wanted.filter((need) => !given.includes(need));
      if (missing.length > 0) throw new SegueError("MissingScope", { provider, needs: missing });
    },
    async startLink({ personId, provider, needs: wanted, local }) {
      const linkId = `link-${links.size + 1}`;
      const mode = local ? "page" : "paste";
      const expiresAt = Date.UTC(2026, 10, 21, 12, 10);
      links.set(linkId, {
        linkId,
        personId,
        status: "waiting",
        provider,
        mode,
        expiresAt,
        needs: [...wanted],
        withheld: [],
      });
      return { linkId, mode, url: `https://link.example/${linkId}`, expiresAt };
    },
    async attach(linkId, sent) {
      attached.set(linkId, sent);
    },
    progress: async (linkId) => links.get(linkId),
    async finishByPaste(_user, address) {
      pasted.push(address);
      const link = links.get(/state=([\w-]+)/.exec(address)?.[1] ?? "");
      if (!link) throw new SegueError("InvalidInput", { field: "link", why: "unknown" });
      accounts.finish(link.linkId);
      return link;
    },
    async confirm() {
      throw new SegueError("InvalidInput", { field: "link", why: "wrong_code" });
    },
    isPastedAddress: (text) => /state=[\w-]+/.test(text),
    async status(personId) {
      const given = granted.get(personId);
      if (!given) return [];
      return [
        {
          accountId: `account-${personId}`,
          provider: "test",
          providerName: "Testify",
          displayName: "Ann T.",
          status: "ok",
          granted: given,
          free: false,
          linkedAt: Date.UTC(2026, 10, 1),
          consentEndsAt: Date.UTC(2027, 4, 1),
        },
      ];
    },
    async unlink(personId, provider) {
      granted.delete(personId);
      return { receipt: "R-1", at: Date.UTC(2026, 10, 21, 12), provider, deleted: { accounts: 1, queue: 2 } };
    },
    async claimOperator(personId, code) {
      if (code !== "AAAA-BBBB-CCCC" || operators.size > 0) return false;
      operators.add(personId);
      return true;
    },
    isOperator: async (personId) => operators.has(personId),
    hasOperator: async () => operators.size > 0,
    joins: nobodyJoins,
    finish(linkId) {
      const link = links.get(linkId);
      if (!link) throw new Error(`no ${linkId}`);
      link.status = "done";
      link.accountName = "Ann T.";
      const given = [...new Set([...(granted.get(link.personId) ?? []), ...link.needs])];
      granted.set(link.personId, given);
      events.emit({ type: "view.changed", kind: "link", key: linkId });
      events.emit({
        type: "link.created",
        personId: link.personId,
        accountId: `account-${link.personId}`,
        provider: link.provider,
        granted: given,
      });
    },
  };
  return accounts;
}
