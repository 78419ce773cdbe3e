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

/** `alone`: refused each by itself, and nothing has been taken since. `taken`: how many were, of the batch. `ahead`: sent before their turn. */
type Tally = { inARow: number; inAll: number; alone: ForwardRow[]; taken: number; ahead: Set<ForwardRow> };

/**
 * Sends the plays in as few calls as may be. What is raised in between leaves those that were not settled to be sent again.
 *
 * Only a play that is refused while others are taken is given up. A diary that refuses whatever it is sent says nothing of the
 * plays: they wait, all of them.
 */
export async function sendBatch(sending: Sending): Promise<void> {
  const tally: Tally = { inARow: 0, inAll: 0, alone: [], taken: 0, ahead: new Set() };
  for (const rows of cut(sending.rows, sending.mostLetters)) await sendAll({ ...sending, rows }, tally, sending.rows);
  const [one, ...more] = tally.alone;
  if (!one) return;
  // The latest play has none after it that could be taken. That those before it were is enough for one, not for several.
  if (tally.taken === 0 || more.length > 0) throw refusesAll(sending);
  await giveUp(sending, tally);
}

const refusesAll = ({ service }: Sending, cause?: unknown) =>
  new SegueError("Unavailable", { service, why: "status" }, cause === undefined ? {} : { cause });

async function giveUp({ diaries, clock }: Sending, { alone }: Tally): Promise<void> {
  const dead = alone.splice(0);
  const [first] = dead;
  if (!first) return;
  await diaries.settleForwards(
    first.connection,
    dead.map(({ playId }) => ({ playId, status: "dead", why: "refused" })),
    clock.now(),
  );
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

/** One call. Resolves with the refusal where the diary refuses all of it for the sake of one that it does not name. */
async function sendOnce(sending: Sending, tally: Tally): Promise<SegueError<"InvalidInput"> | undefined> {
  const { writer, secret, rows, diaries, clock, call } = sending;
  const connection = rows[0]?.connection ?? "";
  // Written before it goes out: from here on nobody can say that it was never sent.
  await diaries.settleForwards(
    connection,
    rows.map(({ playId }) => ({ playId, status: "sending" })),
    clock.now(),
  );
  let results: readonly (Taken | undefined)[];
  try {
    results = await writer.send(
      secret,
      rows.map(({ entry }) => entry),
      call,
    );
  } catch (error) {
    if (isSegueError(error, "InvalidInput")) return error;
    throw error;
  }
  const settled = rows.map(({ playId }, at) => ({ playId, ...becameOf(results[at]) }));
  await diaries.settleForwards(connection, settled, clock.now());
  const taken = results.filter((result) => result === "taken").length;
  tally.inARow = 0;
  tally.taken += taken;
  if (taken > 0) await giveUp(sending, tally);
  return undefined;
}

/** A diary that refuses many for the sake of one does not say which: halves of them are sent until that one is alone. */
async function sendAll(sending: Sending, tally: Tally, batch: readonly ForwardRow[]): Promise<void> {
  const rows = sending.rows.filter((row) => !tally.ahead.has(row));
  const [first] = rows;
  if (!first) return;
  const refusal = await sendOnce({ ...sending, rows }, tally);
  if (!refusal) return;
  tally.inARow++;
  tally.inAll++;
  if (rows.length === 1) tally.alone.push(...rows);
  if (tally.inAll >= mostRefusals.inAll) throw refusesAll(sending, refusal);
  if (tally.inARow >= mostRefusals.inARow) {
    // It may be about these plays after all, as where many of one file are wrong: the latest that is left tells.
    const latest = batch.slice(batch.indexOf(rows.at(-1) ?? first) + 1).findLast((row) => !tally.ahead.has(row));
    if (!latest || (await sendOnce({ ...sending, rows: [latest] }, tally))) throw refusesAll(sending, refusal);
    tally.ahead.add(latest);
  }
  if (rows.length === 1) return;
  const half = Math.ceil(rows.length / 2);
  await sendAll({ ...sending, rows: rows.slice(0, half) }, tally, batch);
  await sendAll({ ...sending, rows: rows.slice(half) }, tally, batch);
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
