import { connect, createServer, type Socket } from "node:net";

/** Commands that only look; whatever else a client says does something. */
const reads =
  /^(?:command_list_\w+|status|outputs|currentsong|stats|commands|idle|noidle|ping|find|tagtypes|plchangesposid|playlistinfo|listplaylists?|binarylimit|readpicture|albumart|sticker "find")\b/;
const writes = (sent: string) => sent.split("\n").some((line) => line !== "" && !reads.test(line));

/** Stands before a daemon's socket; while told to, it cuts the connection as soon as a write has been carried out. */
export async function startLossyRelay(daemon: string, path: string) {
  const sockets = new Set<Socket>();
  let losing = false;
  const server = createServer((client) => {
    const behind = connect(daemon);
    let cut = false;
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    client.on("data", (chunk: Buffer) => {
      cut ||= losing && writes(chunk.toString("utf8"));
      behind.write(chunk);
    });
    behind.on("data", (chunk: Buffer) => void (cut ? client.destroy() : client.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    url: path,
    async losing<T>(run: () => Promise<T>): Promise<T> {
      losing = true;
      try {
        return await run();
      } finally {
        losing = false;
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
