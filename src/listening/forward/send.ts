import type { Clock } from "../../contracts/clock.ts";
import type { DiaryStore, ForwardRow } from "../../contracts/diaries.ts";
import { isSegueError, SegueError } from "../../contracts/errors.ts";
import type { DiaryCall, DiaryService, Taken } from "../diaries/service.ts";

type Sending = {
  /** The diary's name, for errors. */
  service: string;
  writer: NonNullable<DiaryService["writer"]>;
  secret: string;
  rows: readonly ForwardRow[];
  mostLetters: number;
  diaries: Pick<DiaryStore, "settleForwards">;
  clock: Clock;
  call: DiaryCall;
};

/**
 * Of one batch. A play that is refused among a thousand is found by ten refusals, at most, and gives the others free; where more
 * than that are refused in a row it is not about the plays, and after so many in all the rest waits for another round.
 */
const mostRefusals = { inARow: 12, inAll: 30 };

/** Sends the plays in as few calls as may be. What is raised in between leaves those that were not settled to be sent again. */
export async function sendBatch(sending: Sending): Promise<void> {
  const refusals = { inARow: 0, inAll: 0 };
  for (const rows of cut(sending.rows, sending.mostLetters)) await sendAll({ ...sending, rows }, refusals);
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
async function sendAll(sending: Sending, refusals: typeof mostRefusals): Promise<void> {
  const { service, writer, secret, rows, diaries, clock, call } = sending;
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
    refusals.inARow = 0;
  } catch (error) {
    if (!isSegueError(error, "InvalidInput")) throw error;
    refusals.inARow++;
    refusals.inAll++;
    if (rows.length === 1) {
      await diaries.settleForwards(connection, [{ playId: first.playId, status: "dead", why: "refused" }], clock.now());
      return;
    }
    if (refusals.inARow >= mostRefusals.inARow || refusals.inAll >= mostRefusals.inAll)
      throw new SegueError("Unavailable", { service, why: "status" }, { cause: error });
    const half = Math.ceil(rows.length / 2);
    await sendAll({ ...sending, rows: rows.slice(0, half) }, refusals);
    await sendAll({ ...sending, rows: rows.slice(half) }, refusals);
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
