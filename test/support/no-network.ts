import net from "node:net";

/**
 * No test reaches beyond this machine: a connection to anything but loopback throws at once, and with the name of what was
 * tried. Every client of the project (axios, fetch, pg) ends in a net.Socket.
 */
const loopback = /^(127\.|::1$|localhost$|::ffff:127\.)/;
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function guarded(this: net.Socket, ...args: unknown[]) {
  const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
  const host =
    typeof first === "object" && first !== null
      ? (first as { path?: string; host?: string }).path
        ? undefined
        : ((first as { host?: string }).host ?? "localhost")
      : typeof second === "string"
        ? second
        : undefined;
  if (host !== undefined && !loopback.test(host)) throw new Error(`A test tried to reach ${host}`);
  return (connect as (...all: unknown[]) => net.Socket).apply(this, args);
} as typeof connect;
