import { createLanguage } from "../../../src/language/index.ts";
import { recognise, unreadable } from "../../../src/music/providers/spotify/links.ts";
import { losses, type Measured, measureResolution, verdicts } from "./measure.ts";
import { parts } from "./rows.ts";

/** As the program puts it together. */
function theLanguage() {
  return createLanguage({
    links: {
      find(text) {
        const found = recognise(text) ?? unreadable(text);
        return found ? { url: text.slice(found.start, found.end), start: found.start, end: found.end } : undefined;
      },
    },
    names: ["segue"],
    services: ["spotify"],
  });
}

const counted = (list: readonly Measured[], fits: (one: Measured) => boolean): number => list.filter(fits).length;
const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
const perRequest = (list: readonly Measured[], fits: (call: string) => boolean): string =>
  (list.reduce((sum, { calls }) => sum + calls.filter(fits).length, 0) / Math.max(1, list.length)).toFixed(2);

function line(name: string, part: string, list: readonly Measured[]): string {
  const times = list.flatMap(({ rankMs }) => rankMs ?? []).sort((a, b) => a - b);
  return [
    name.padEnd(26),
    part.padEnd(5),
    String(list.length).padStart(5),
    ...verdicts.map((verdict) => String(counted(list, (one) => one.verdict === verdict)).padStart(7)),
    ...losses.map((loss) => String(counted(list, (one) => one.lost === loss)).padStart(7)),
    perRequest(list, () => true).padStart(6),
    perRequest(list, (call) => call === "GET search").padStart(6),
    quantile(times, 0.5).toFixed(2).padStart(7),
    quantile(times, 0.99).toFixed(2).padStart(7),
  ].join(" ");
}

const heading = `${"request".padEnd(26)} part      n ${[...verdicts, ...losses].map((name) => name.padStart(7)).join(" ")}  calls search  p50 ms  p99 ms`;

function missed({ row, verdict, outcome, lost }: Measured): string {
  const came = outcome.kind === "played" ? outcome.uri : outcome.kind === "picker" ? "a picker" : outcome.why;
  return `    ${row.text}  |  ${JSON.stringify(row.expect)}  |  ${verdict}, lost in ${lost}: ${came}`;
}

/** Did it play what was meant? One line per class of request, and one for each part. */
export async function resolution(say: (line?: string) => void, options: { misses?: boolean } = {}): Promise<void> {
  const all = await measureResolution(theLanguage());
  say(heading);
  for (const part of parts) {
    const ofPart = all.filter((one) => one.part === part);
    for (const name of new Set(ofPart.map(({ row }) => row.class))) {
      const ofClass = ofPart.filter(({ row }) => row.class === name);
      say(line(name, part, ofClass));
      if (options.misses) for (const one of ofClass) if (one.verdict !== "right") say(missed(one));
    }
    for (const author of ["other", "ranker"] as const)
      say(
        line(
          `all, by ${author}`,
          part,
          ofPart.filter(({ row }) => row.author === author),
        ),
      );
  }
}
