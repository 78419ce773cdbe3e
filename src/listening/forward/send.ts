import type { Clock } from "../../contracts/clock.ts";
import type { DiaryStore, ForwardRow } from "../../contracts/diaries.ts";
import { isSegueError } from "../../contracts/errors.ts";
import type { DiaryCall, DiaryService, Taken } from "../diaries/service.ts";

type Sending = {
  writer: NonNullable<DiaryService["writer"]>;
  secret: string;
  rows: readonly ForwardRow[];
  mostLetters: number;
  diaries: Pick<DiaryStore, "settleForwards">;
  clock: Clock;
  call: DiaryCall;
};

/** Sends the plays in as few calls as may be. What is raised in between leaves those that were not settled to be sent again. */
export async function sendBatch(sending: Sending): Promise<void> {
  for (const rows of cut(sending.rows, sending.mostLetters)) await sendAll({ ...sending, rows });
}

/** As much at once as fits into one call. */
function* cut(rows: readonly ForwardRow[], mostLetters: number): Generator<ForwardRow[]> {
  let part: ForwardRow[] = [];
  let letters = 0;
  for (const row of rows) {
    const length = JSON.stringify(row.entry).length + 200;
    if (part.length > 0 && letters + length > mostLetters) {
      yield part;
      [part, letters] = [[], 0];
    }
    part.push(row);
    letters += length;
  }
  if (part.length > 0) yield part;
}

/** A diary that refuses many for the sake of one does not say which: halves of them are sent until that one is alone. */
async function sendAll(sending: Sending): Promise<void> {
  const { writer, secret, rows, diaries, clock, call } = sending;
  const [first] = rows;
  if (!first) return;
  const { connection } = first;
  // Written before it goes out: from here on nobody can say that it was never sent.
  await diaries.settleForwards(
    connection,
    rows.map(({ playId }) => ({ playId, status: "sending" })),
    clock.now(),
  );
  try {
    const entries = rows.map(({ entry }) => entry);
    const results = await writer.send(secret, entries, call);
    const settled = rows.map(({ playId }, at) => ({ playId, ...becameOf(results[at]) }));
    await diaries.settleForwards(connection, settled, clock.now());
  } catch (error) {
    if (!isSegueError(error, "InvalidInput")) throw error;
    if (rows.length === 1) {
      await diaries.settleForwards(connection, [{ playId: first.playId, status: "dead", why: "refused" }], clock.now());
      return;
    }
    const half = Math.ceil(rows.length / 2);
    await sendAll({ ...sending, rows: rows.slice(0, half) });
    await sendAll({ ...sending, rows: rows.slice(half) });
  }
}

function becameOf(taken: Taken | undefined): {
  status: "sent" | "sending" | "dead";
  dueAt?: number;
  why?: ForwardRow["why"] & string;
} {
  if (taken === "taken") return { status: "sent" };
  if (taken === undefined) return { status: "sending" };
  if ("notBeforeAt" in taken) return { status: "sending", dueAt: taken.notBeforeAt };
  return { status: "dead", why: taken.why };
}
