import type { Flow } from "../flow.ts";
import { announcement } from "./announcement.ts";
import { command } from "./command.ts";
import { digest } from "./digest.ts";
import { forward, playRecorded } from "./heard.ts";
import { importing } from "./import.ts";
import { link } from "./link.ts";
import { migration } from "./migration.ts";
import { refresh } from "./refresh.ts";
import { rotation } from "./rotation.ts";

export const flows: readonly Flow[] = [
  command,
  link,
  refresh,
  playRecorded,
  importing,
  announcement,
  digest,
  forward,
  rotation,
  migration,
];
