import type { Readable } from "node:stream";
import type { Adapter } from "../../contracts/adapter.ts";
import { isSegueError, SegueError } from "../../contracts/errors.ts";
import type {
  BroughtState,
  Exported,
  ExportFormat,
  FilesAsker,
  HistoryFiles,
  HistoryFilesDesk,
} from "../../contracts/history-files.ts";
import { listenerOf } from "../../contracts/listening.ts";
import type { Store } from "../../contracts/store.ts";
import { type ExportForm, exportPerson } from "../export/export.ts";
import { type PersonSource, personLines, saysMore } from "../export/person.ts";
import { sources } from "../import/formats/index.ts";
import { type BroughtParts, createBrought, streamOf } from "./brought.ts";
import type { Wanted } from "./expected.ts";
import { createInvitations, type Invitation } from "./invitations.ts";
import { ended } from "./outcome.ts";

/** Whoever posted a file waits for an answer; a slow line may take longer. */
const PATIENCE_MS = 12_000;

const forms: Record<ExportFormat, { form: ExportForm; mediaType: string; file: string }> = {
  json: { form: "jsonl", mediaType: "application/x-ndjson", file: "history.jsonl" },
  csv: { form: "csv", mediaType: "text/csv", file: "history.csv" },
};

export type HistoryFilesParts = BroughtParts & {
  store: BroughtParts["store"] & PersonSource & Pick<Store, "playPages">;
  adapters: () => readonly Pick<Adapter, "platform" | "limits" | "fetchFile" | "sendFile">[];
  /** Where everybody's browser reaches us, and where that of whoever sits at this machine does. */
  publicUrl?: string;
  localUrl: string;
  /** The command lines of this program; the person's id is put behind them. */
  commands: { bring: string; take: string };
};

/** What a page of ours shows of one invitation, and does for it. */
export interface FilePages {
  /** Undefined for what never was, or is over. */
  find(token: string): Promise<{ invitation: Invitation; state: BroughtState | undefined } | undefined>;
  /** The file, whole. Raises as `HistoryFiles.bring`, and NotFound("page") for what is over or has served. */
  receive(token: string, stream: Readable, name: string): Promise<BroughtState>;
  confirm(token: string): Promise<void>;
  cancel(token: string): Promise<void>;
  /** What is taken away, some hundred rows at a time; it has served once all of it was read. Undefined for what is over. */
  take(token: string): Promise<{ name: string; mediaType: string; texts: AsyncIterable<string> } | undefined>;
}

export type HistoryFilesPart = HistoryFilesDesk & {
  pages: FilePages;
  resume(): Promise<void>;
  stop(): Promise<void>;
};

export function createHistoryFiles(parts: HistoryFilesParts): HistoryFilesPart {
  const { store, events, clock, log, publicUrl } = parts;
  const brought = createBrought(parts);
  const invitations = createInvitations({ settings: store.settings, clock });
  /** Pages that a file is coming to. */
  const arriving = new Set<string>();
  /** Pages that somebody takes a file from. */
  const leaving = new Set<string>();

  const originFor = (local: boolean): string | undefined =>
    publicUrl === undefined ? (local ? parts.localUrl : undefined) : publicUrl.replace(/\/$/, "");

  const fetching =
    ({ platform, file }: Wanted) =>
    async (signal: AbortSignal): Promise<Readable> => {
      const adapter = parts.adapters().find((each) => each.platform === platform);
      const stream = await adapter?.fetchFile?.(file, signal);
      if (!stream) throw new SegueError("NotFound", { what: "file" });
      return streamOf(stream);
    };

  /** Has served once all of it was taken; where the line goes dead it can be taken again. */
  async function* texts(token: string, invitation: Invitation, form: ExportForm): AsyncGenerator<string> {
    try {
      for await (const { text } of exportPerson(store, invitation.personId, form)) yield text;
      await invitations.use(token, invitation);
    } finally {
      leaving.delete(invitation.id);
    }
  }

  /** All of it, while it is not more than that. */
  async function whole(personId: string, form: ExportForm, most: number, signal: AbortSignal) {
    const kept: Buffer[] = [];
    let bytes = 0;
    let plays = 0;
    let nothing = true;
    for await (const { text, rows, more } of exportPerson(store, personId, form)) {
      signal.throwIfAborted();
      plays += rows;
      nothing &&= rows === 0 && !more;
      const part = Buffer.from(text);
      bytes += part.length;
      if (bytes > most) return { plays, nothing, bytes: undefined };
      kept.push(part);
    }
    return { plays, nothing, bytes: Buffer.concat(kept) };
  }

  function of(asker: FilesAsker): HistoryFiles {
    const { personId, user, place } = asker;
    const listener = listenerOf.person(personId);
    const adapter = parts.adapters().find(({ platform }) => platform === place.platform);
    const origin = originFor(asker.local);

    async function pageFor(to: Invitation["to"]): Promise<{ invitation: Invitation; url: string } | undefined> {
      if (origin === undefined) return undefined;
      const [invitation, token] = await invitations.make({ personId, user, userName: asker.userName, to });
      return { invitation, url: `${origin}/history/${to === "bring" ? "import" : "export"}/${token}` };
    }

    /** Into the chat; undefined where its platform does not take it. */
    async function intoChat(format: ExportFormat, key: string, signal: AbortSignal): Promise<Exported | undefined> {
      const most = adapter?.limits.fileBytes;
      if (!adapter?.sendFile || most === undefined) return undefined;
      const { form, mediaType, file } = forms[format];
      const { plays, nothing, bytes } = await whole(personId, form, most, signal);
      if (nothing) return { by: "none" };
      if (!bytes) return undefined;
      try {
        await adapter.sendFile(place, user, { name: file, mediaType, bytes, text: file }, key);
        return { by: "file", plays };
      } catch (error) {
        // Somebody who cannot be written to, or a chat that takes less than it said, still has the page.
        const refused = (["Forbidden", "InvalidInput", "NotFound"] as const).some((code) => isSegueError(error, code));
        if (!refused) throw error;
        log.info({ error, platform: adapter.platform }, "a file could not be sent");
        return undefined;
      }
    }

    return {
      sources,
      importCommand: `${parts.commands.bring} --person ${personId}`,
      posts: adapter?.fetchFile !== undefined,
      page: origin !== undefined,
      async bring(file) {
        const wanted = { platform: place.platform, file };
        return brought.bring(personId, fetching(wanted), file.name ?? "?", { patienceMs: PATIENCE_MS, wanted });
      },
      async invite() {
        const page = await pageFor("bring");
        if (!page) return undefined;
        const { id, untilAt } = page.invitation;
        const state: BroughtState = { id, personId, status: "awaited", untilAt };
        brought.announce(state);
        return { state, url: page.url };
      },
      state: (id) => brought.state(personId, id),
      async latest() {
        const current = brought.current(personId);
        if (current) return current;
        const [row] = await store.imports.of(listener);
        if (!row) return undefined;
        return { id: row.id, personId, ...ended(row) };
      },
      confirm: async (id) => brought.answer(personId, id, true),
      cancel: (id) => brought.cancel(personId, id),
      async export(format, key, signal): Promise<Exported> {
        const sent = await intoChat(format, key, signal);
        if (sent) return sent;
        const [first] = await store.playPages.page(listener, undefined, 1);
        const kept = first || (format === "json" && saysMore(await personLines(store, { personId, listener })));
        if (!kept) return { by: "none" };
        const page = await pageFor(format);
        if (page) return { by: "page", url: page.url, untilAt: page.invitation.untilAt };
        return { by: "command", command: `${parts.commands.take} ${forms[format].file} --person ${personId}` };
      },
    };
  }

  async function found(token: string) {
    const invitation = await invitations.find(token);
    // Whoever was joined with another, or deleted what they have, has no page either.
    return invitation && (await store.people.get(invitation.personId)) ? invitation : undefined;
  }

  const pages: FilePages = {
    async find(token) {
      const invitation = await found(token);
      return invitation && { invitation, state: brought.state(invitation.personId, invitation.id) };
    },
    async receive(token, stream, name) {
      const invitation = await found(token);
      if (invitation?.to !== "bring" || invitation.used || arriving.has(invitation.id))
        throw new SegueError("NotFound", { what: "page" });
      const { id, personId } = invitation;
      arriving.add(id);
      try {
        const state = await brought.bring(personId, async () => stream, name, { id });
        await invitations.use(token, invitation);
        return state;
      } catch (error) {
        // The page stays good: lines go dead in the middle of gigabytes.
        brought.announce({ id, personId, status: "awaited", untilAt: invitation.untilAt });
        events.emit({ type: "view.changed", kind: "import", key: id });
        throw error;
      } finally {
        arriving.delete(id);
      }
    },
    async confirm(token) {
      const invitation = await found(token);
      if (invitation) brought.answer(invitation.personId, invitation.id, true);
    },
    async cancel(token) {
      const invitation = await found(token);
      if (invitation) await brought.cancel(invitation.personId, invitation.id);
    },
    async take(token) {
      const invitation = await found(token);
      if (!invitation || invitation.to === "bring" || invitation.used || leaving.has(invitation.id)) return undefined;
      const { form, mediaType, file: name } = forms[invitation.to];
      leaving.add(invitation.id);
      const rows = texts(token, invitation, form);
      const end = () => leaving.delete(invitation.id);
      return { name, mediaType, texts: { [Symbol.asyncIterator]: () => endedBy(rows, end) } };
    },
  };

  return {
    of,
    pages,
    stateOf: brought.state,
    running: brought.running,
    resume: () => brought.resume(fetching),
    async forget(personId) {
      await invitations.endAll(personId);
      await brought.forget(personId);
    },
    stop: brought.stop,
  };
}

/** Hears of the end also where not one row was read: a generator that was never begun ends without a word. */
function endedBy(rows: AsyncGenerator<string>, end: () => void): AsyncIterator<string> {
  return {
    next: () => rows.next(),
    return() {
      end();
      return rows.return(undefined);
    },
  };
}
