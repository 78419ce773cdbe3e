import { z } from "zod";
import type { Device } from "../src/contracts/music.ts";
import { type Block, button, say } from "../src/contracts/reply.ts";
import { defineSkill, type Translate } from "../src/contracts/skill.ts";
import { onCard } from "./shared/panel.ts";
import { whereArgs, whereOf } from "./shared/play-args.ts";
import { mayOf } from "./shared/rights.ts";

export const skill = defineSkill({
  name: "devices",
  intents: {
    "device.list": z.object({}),
    "device.transfer": whereArgs,
    "device.prefer": whereArgs.extend({ forget: z.literal("yes").optional() }),
  },
  needs: ["playback", "state"],
  permission: (intent) => (intent === "device.list" ? "read" : "device"),
  section: "players",
  visibility: "private",
  async run(ctx) {
    const { music, t } = ctx;
    switch (ctx.intent) {
      case "device.list": {
        const { devices, preferredId } = await music.devices({ fresh: true });
        if (devices.length === 0)
          return say(
            music.shared ? t("none_shared", { player: music.name }) : t("none", { provider: music.provider.name }),
          );
        const lines = devices.map((device) => `${device.name}: ${stateOf(device, preferredId, t)}`);
        const title = music.shared ? t("title_shared", { player: music.name }) : t("title");
        const may = (await mayOf(ctx, ["device"])).has("device");
        return say(`${title}\n${lines.join("\n")}`, [
          ...list(title, devices, preferredId, t),
          ...(may ? choices(devices, preferredId, music.key, t) : []),
        ]);
      }
      case "device.transfer": {
        const { device, confirmed } = await music.transfer(whereOf(ctx.args));
        const text = t(confirmed ? "moved" : "asked_to_move", { device: device.name });
        return say(text, undefined, confirmed ? onCard(music) : {});
      }
      case "device.prefer": {
        const device = await music.preferDevice(ctx.args.forget === "yes" ? undefined : whereOf(ctx.args));
        return say(device ? t("preferred", { device: device.name }) : t("forgotten"));
      }
    }
  },
});

function list(title: string, devices: readonly Device[], preferredId: string | undefined, t: Translate): Block[] {
  return [
    { type: "heading", text: title },
    {
      type: "list",
      ordered: false,
      items: devices.map((device) => ({ title: device.name, detail: stateOf(device, preferredId, t) })),
    },
  ];
}

function choices(devices: readonly Device[], preferredId: string | undefined, player: string, t: Translate): Block[] {
  const usable = devices.filter((device) => device.id !== undefined && !device.restricted);
  const elsewhere = usable.filter((device) => !device.active);
  const active = usable.find((device) => device.active && device.id !== preferredId);
  return [
    ...(elsewhere.length === 0
      ? []
      : [
          {
            type: "select" as const,
            label: t("move_to"),
            options: elsewhere.map((device) => ({
              label: device.name,
              detail: t("kind", { kind: device.kind }),
              command: { intent: "device.transfer", slots: { deviceId: device.id, player } },
            })),
          },
        ]),
    ...(active
      ? [
          {
            type: "buttons" as const,
            buttons: [
              button(t("button.prefer", { device: active.name }), "device.prefer", { deviceId: active.id, player }),
            ],
          },
        ]
      : []),
  ];
}

function stateOf(device: Device, preferredId: string | undefined, t: Translate): string {
  return [
    t("kind", { kind: device.kind }),
    ...(device.active ? [t("active")] : []),
    ...(device.id !== undefined && device.id === preferredId ? [t("is_preferred")] : []),
    ...(device.restricted ? [t("restricted")] : []),
    ...(device.volume === undefined || !device.hasVolume ? [] : [t("volume", { level: device.volume })]),
  ].join(" · ");
}
