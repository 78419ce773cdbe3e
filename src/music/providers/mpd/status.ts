import type { Device, Playable, PlayerAction, PlayerState, RepeatMode } from "../../../contracts/music.ts";

export type Status = {
  state: "play" | "pause" | "stop";
  /** Of the current song; it may be there though nothing plays. */
  songId: number | undefined;
  position: number | undefined;
  nextId: number | undefined;
  nextPosition: number | undefined;
  length: number;
  elapsedMs: number;
  durationMs: number | undefined;
  volume: number | undefined;
  random: boolean;
  repeat: RepeatMode;
  /** Sound comes out of the decoder. */
  sounding: boolean;
  error: string | undefined;
};

export function parseStatus(fields: ReadonlyMap<string, string>): Status {
  const number = (key: string): number | undefined => {
    const text = fields.get(key);
    const value = text === undefined ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  };
  const volume = number("volume");
  const said = fields.get("state");
  const repeats = fields.get("repeat") === "1";
  const elapsed = number("elapsed") ?? 0;
  const duration = number("duration");
  return {
    state: said === "play" || said === "pause" ? said : "stop",
    songId: number("songid"),
    position: number("song"),
    nextId: number("nextsongid"),
    nextPosition: number("nextsong"),
    length: Math.max(0, number("playlistlength") ?? 0),
    elapsedMs: Math.max(0, Math.round(elapsed * 1000)),
    durationMs: duration === undefined ? undefined : Math.round(duration * 1000),
    // -1 in old daemons, left out in new ones: no mixer.
    volume: volume === undefined || volume < 0 || volume > 100 ? undefined : volume,
    random: fields.get("random") === "1",
    // `single` alone stops after the song, which is no kind of repeating.
    repeat: repeats ? (fields.get("single") === "1" ? "track" : "context") : "off",
    sounding: fields.has("audio"),
    error: fields.get("error"),
  };
}

export function stateOf(parts: {
  status: Status;
  item: Playable | undefined;
  device: Device | undefined;
  context: PlayerState["context"];
  at: number;
}): PlayerState | undefined {
  const { status, item, device, context, at } = parts;
  if (item === undefined) return undefined;
  const playing = status.state === "play";
  const stopped = status.state === "stop";
  const durationMs = item.durationMs > 0 ? item.durationMs : (status.durationMs ?? 0);
  const refused: PlayerAction[] = [
    ...(playing ? (["resume"] as const) : (["pause"] as const)),
    ...(stopped || status.nextId === undefined ? (["next"] as const) : []),
    ...(stopped ? (["previous", "seek"] as const) : durationMs === 0 ? (["seek"] as const) : []),
    ...(status.volume === undefined ? (["volume"] as const) : []),
  ];
  return {
    at,
    playing,
    // A stream has no end, and so no place in it.
    progressMs: durationMs === 0 ? 0 : Math.min(status.elapsedMs, durationMs),
    item: { ...item, durationMs },
    ...(context === undefined ? {} : { context }),
    ...(device === undefined ? {} : { device }),
    shuffle: status.random,
    repeat: status.repeat,
    refused,
  };
}

/** Outputs are the places where it is heard. Names are unique in mpd.conf, and last longer than their numbers. */
export function parseOutputs(
  records: readonly ReadonlyMap<string, readonly string[]>[],
  volume: number | undefined,
): (Device & { id: string; output: number; enabled: boolean })[] {
  // An output that went to another partition is told of as a dummy.
  const outputs = records.flatMap((record) => {
    const output = Number(record.get("outputid")?.[0]);
    const name = record.get("outputname")?.[0]?.slice(0, 200) ?? "";
    if (!Number.isInteger(output) || name.trim() === "" || record.get("plugin")?.[0] === "dummy") return [];
    return [{ output, name, enabled: record.get("outputenabled")?.[0] === "1" }];
  });
  const active = outputs.find(({ enabled }) => enabled)?.output;
  return outputs.slice(0, 100).map(({ output, name, enabled }) => ({
    id: name,
    output,
    enabled,
    name,
    kind: "speaker",
    active: output === active,
    restricted: false,
    hasVolume: volume !== undefined,
    ...(volume === undefined || output !== active ? {} : { volume }),
  }));
}
