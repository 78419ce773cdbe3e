import type { Orchestrator, Said } from "../contracts/player.ts";
import type { Command } from "../contracts/vocabulary.ts";

/** What a command says of the player it means, in slots that any command may carry whatever its skill makes of them. */
export function saidIn({ slots }: Command): Said {
  const text = (...names: string[]) => names.map((name) => slots[name]).find((value) => typeof value === "string");
  const [player, device, uri] = [text("player"), text("device"), text("uri", "url")];
  return {
    ...(player === undefined ? {} : { player }),
    ...(device === undefined ? {} : { device }),
    ...(uri === undefined ? {} : { uri }),
  };
}

/** Starts music of its own, rather than going on with what plays. */
export const begins = ({ intent }: Command): boolean => intent === "playback.play";

/** "… on <player>": language reads such words in some commands as a device and in others not at all. */
export function withPlayer(commands: Command[], text: string, orchestrator: Orchestrator): Command[] {
  const player = orchestrator.playerIn(text);
  return commands.map((command) => {
    const turned = toPlayer(command, orchestrator);
    if (turned !== command || player === undefined || command.intent.startsWith("core.")) return turned;
    return { ...command, slots: { ...command.slots, player } };
  });
}

/** What a command about devices comes to when what it names is a player: its own devices are not touched. */
const aboutPlayers: Record<string, string> = { "device.transfer": "player.list", "device.prefer": "player.prefer" };

/** "Use the office speaker", "always use the office speaker". */
export function toPlayer(command: Command, orchestrator: Orchestrator): Command {
  const intent = aboutPlayers[command.intent];
  const { device, deviceId } = command.slots;
  if (intent === undefined || typeof device !== "string" || deviceId !== undefined) return command;
  const player = orchestrator.playerIn(device);
  return player === undefined ? command : { intent, slots: { player } };
}
