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

/** "Use the office speaker" and nothing else. */
export const turns = ({ intent, slots }: Command): boolean => intent === "player.list" && slots.player !== undefined;

/** "… on <player>": language reads such words in some commands as a device and in others not at all. */
export function withPlayer(
  commands: Command[],
  { text, locale }: { text: string; locale: string },
  orchestrator: Pick<Orchestrator, "playerIn">,
): Command[] {
  const player = orchestrator.playerIn(text, locale);
  return commands.map((command) => {
    const turned = toPlayer(command, locale, orchestrator);
    if (turned !== command || player === undefined || command.intent.startsWith("core.")) return turned;
    return { ...command, slots: { ...command.slots, player } };
  });
}

/** What a command about devices comes to when what it names is a player: its own devices are not touched. */
const aboutPlayers: Record<string, string> = { "device.transfer": "player.list", "device.prefer": "player.prefer" };

/** "Use the office speaker", "always use the office speaker". */
export function toPlayer(command: Command, locale: string, orchestrator: Pick<Orchestrator, "playerIn">): Command {
  const intent = aboutPlayers[command.intent];
  const { device, deviceId } = command.slots;
  if (intent === undefined || typeof device !== "string" || deviceId !== undefined) return command;
  const player = orchestrator.playerIn(device, locale);
  return player === undefined ? command : { intent, slots: { player } };
}
