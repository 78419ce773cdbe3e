import { z } from "zod";
import type { PlayWish } from "../../src/contracts/player.ts";
import { type Reading, slotSchemas } from "../../src/contracts/vocabulary.ts";

/** What can be named to be played or queued. `deviceId` is a device that was chosen from a list. */
export const playArgs = z
  .object(slotSchemas)
  .pick({
    track: true,
    artist: true,
    album: true,
    playlist: true,
    show: true,
    episode: true,
    audiobook: true,
    genre: true,
    mood: true,
    activity: true,
    decade: true,
    version: true,
    device: true,
    shuffle: true,
    url: true,
    uri: true,
    library: true,
    similar_to: true,
  })
  .partial()
  .extend({ deviceId: z.string().max(200).optional() });

export function wishOf(args: z.output<typeof playArgs>, readings: Reading[]): PlayWish {
  const chosen = args.uri ?? args.url;
  return {
    readings,
    ...(chosen === undefined ? {} : { uri: chosen }),
    ...(args.device === undefined ? {} : { device: args.device }),
    ...(args.deviceId === undefined ? {} : { deviceId: args.deviceId }),
    ...(args.shuffle === undefined ? {} : { shuffle: true }),
  };
}

/** Where a command goes that may name a device. */
export const whereArgs = z.object({ device: slotSchemas.device.optional(), deviceId: z.string().max(200).optional() });

export function whereOf(args: z.output<typeof whereArgs>): { device?: string; deviceId?: string } {
  return {
    ...(args.device === undefined ? {} : { device: args.device }),
    ...(args.deviceId === undefined ? {} : { deviceId: args.deviceId }),
  };
}
