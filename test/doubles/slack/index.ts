import type { Server } from "node:http";
import type { Clock } from "../../../src/contracts/clock.ts";
import { type Delivery, type Envelope, httpDelivery, type Outcome, socketDelivery } from "./delivery.ts";
import { createPeople, type PeopleOfSlack } from "./people.ts";
import { listenAsSlack } from "./web-api.ts";
import { createWorld, type Fault, type World } from "./world.ts";

export type SlackDouble = PeopleOfSlack & {
  world: World;
  /** "http://127.0.0.1:…/api" */
  apiUrl: string;
  signingSecret: string;
  connections(): number;
  disconnect(how: string): void;
  sockets: ReturnType<typeof socketDelivery>["sockets"];
  turnAway(reason: string | undefined): void;
  /** From now on events go to this address, signed. */
  deliverTo(url: string): void;
  /** Sends the last envelope once more, as after a lost acknowledgement. */
  redeliver(): Promise<Outcome>;
  deliver(envelope: Envelope): Promise<Outcome>;
  fault(method: string, answer: Fault): void;
  /** Takes no connection any more until `comeBack`. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * The platform on loopback: one workspace with the app of the manifest installed. It holds the app to what the vendor documents and
 * writes down in `world.violations` what a careful app does not do.
 */
export async function createSlackDouble(options: {
  clock: Clock;
  scopes: readonly string[];
  team?: string;
}): Promise<SlackDouble> {
  const world = createWorld(options);
  const signingSecret = "double-signing-secret";
  const socket = socketDelivery(world);
  const { server, origin } = await listenAsSlack(world, socket.open);
  world.origin = origin;
  socket.attach(server);
  let delivery: Delivery = socket;
  let last: Envelope | undefined;

  const deliver = (envelope: Envelope) => {
    last = envelope;
    return delivery.deliver(envelope);
  };
  return {
    ...createPeople(world, deliver),
    world,
    apiUrl: `${origin}/api`,
    signingSecret,
    connections: socket.connections,
    disconnect: socket.disconnect,
    sockets: socket.sockets,
    turnAway: socket.turnAway,
    deliverTo(url) {
      delivery = httpDelivery(world, { url, signingSecret });
    },
    deliver,
    redeliver() {
      if (!last) throw new Error("nothing was delivered");
      return deliver({ ...last, retry: { num: 1, reason: "timeout" } });
    },
    fault: (method, answer) => void world.faults.push({ method, answer }),
    async goDown() {
      const gone = closed(server);
      socket.disconnect("cut");
      server.closeAllConnections();
      await gone;
    },
    comeBack: () =>
      new Promise<void>((resolve) => server.listen(Number(new URL(origin).port), "127.0.0.1", () => resolve())),
    async stop() {
      socket.close();
      server.closeAllConnections();
      if (server.listening) await closed(server);
    },
  };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
