import type { IncomingMessage } from "node:http";
import type { FaultPlan } from "./faults/plan.ts";
import type { CallLog, LoggedCall } from "./http/call-log.ts";
import type { World } from "./world.ts";

/** The world with what is done to it and what is noted about it. A reset puts a new world on the same stage. */
export interface Stage {
  world: World;
  readonly faults: FaultPlan;
  readonly calls: CallLog;
  readonly onCall: ((call: LoggedCall, request: IncomingMessage) => void) | undefined;
  readonly log: ((entry: Record<string, unknown>) => void) | undefined;
  reset(): void;
}
