import { createServer, type Socket } from "node:net";
import { systemClock } from "../../../../src/clock.ts";
import type { Clock } from "../../../../src/contracts/clock.ts";
import { createMpdProvider } from "../../../../src/music/providers/mpd/provider.ts";

export type Said = { command: string; socket: Socket };
/** An answer without its OK; `undefined` says nothing at all; a function does as it likes with the connection. */
export type Line = string | undefined | ((socket: Socket) => void);

export const usual: Record<string, string> = {
  commands: "command: idle\ncommand: sticker\ncommand: playlistadd\n",
  stats: "songs: 1\ndb_update: 1\n",
  status:
    "volume: 50\nstate: play\nsong: 0\nsongid: 1\nelapsed: 1.5\nduration: 90.0\nplaylistlength: 1\naudio: 1:1:1\n",
  outputs: "outputid: 0\noutputname: Kitchen\nplugin: null\noutputenabled: 1\n",
  currentsong: "file: a.flac\nTitle: A\nArtist: B\nduration: 90.0\nPos: 0\nId: 1\n",
  find: "file: a.flac\nTitle: A\nArtist: B\nduration: 90.0\n",
};

/** A daemon that says what it is told to, and can be rude about it. */
export async function startScripted(
  answer: (said: Said) => Line | "usual" = () => "usual",
  greeting = "OK MPD 0.23.5\n",
  idle?: string,
) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.write(greeting);
    let rest = "";
    let list: string[] | undefined;
    const say = (command: string, end: string): boolean => {
      heard.push(command);
      const [name = ""] = command.split(" ");
      if (name === "idle") {
        if (idle !== undefined) socket.write(idle);
        return false;
      }
      const given = answer({ command, socket });
      const text = given === "usual" ? (usual[name] ?? "") : given;
      if (typeof text === "function") text(socket);
      if (typeof text !== "string") return false;
      socket.write(text.startsWith("ACK") ? text : text + end);
      return !text.startsWith("ACK");
    };
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "command_list_ok_begin") list = [];
        else if (line === "command_list_end") {
          const done = (list ?? []).every((command) => say(command, "list_OK\n"));
          if (done) socket.write("OK\n");
          list = undefined;
        } else if (list) list.push(line);
        else if (line === "noidle") socket.write("OK\n");
        else say(line, "OK\n");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    port,
    heard,
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Our side of it. Waits of ours take a fifth of their time: long enough for a busy machine, short for a test. */
export const hasty: Clock = { now: () => systemClock.now(), sleep: (ms, signal) => systemClock.sleep(ms / 5, signal) };

export function openAt(url: string, clock: Clock = hasty) {
  const warnings: { fields: Record<string, unknown>; message: string }[] = [];
  const log = {
    debug() {},
    info() {},
    error() {},
    warn: (fields: Record<string, unknown>, message: string) => void warnings.push({ fields, message }),
  };
  const provider = createMpdProvider({ url, pictureUrl: (id) => `http://127.0.0.1/p/${id}` }, { clock, log });
  return { provider, session: provider.open({ kind: "shared", playerId: "mpd" }), warnings };
}
