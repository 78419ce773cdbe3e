import { z } from "zod";
import { refuse } from "../http/exchange.ts";
import type { Command } from "../player/state.ts";
import type { Call } from "./call.ts";
import { jsonBody } from "./input.ts";

const transferSchema = z.object({ device_ids: z.array(z.string()), play: z.boolean().optional() });

/** One device; the list is a list in name only. `play: false` leaves playback as it is. */
export function transferCommand(call: Call): Command {
  const { device_ids: ids, play } = jsonBody(call, transferSchema);
  const [deviceId, ...more] = ids;
  if (deviceId === undefined) throw refuse(400, "Missing required field: device_ids");
  if (more.length > 0) throw refuse(400, "Only one device_id is supported");
  return { do: "transfer", deviceId, play: play ?? false };
}
