import { randomBytes } from "node:crypto";
import type { ButtonStore } from "../../contracts/message-store.ts";
import type { Database } from "./database.ts";
import { decode, encode } from "./values.ts";

export function buttonStore({ db }: Database): ButtonStore {
  return {
    async put(command, expiresAt) {
      // 12 characters, so that the id fits where the data did not; 72 random bits cannot be tried out.
      const id = randomBytes(9).toString("base64url");
      await db
        .insertInto("buttons")
        .values({ id, command: encode(command), expires_at: expiresAt })
        .execute();
      return id;
    },

    async get(id, now) {
      const row = await db
        .selectFrom("buttons")
        .select("command")
        .where("id", "=", id)
        .where("expires_at", ">", now)
        .executeTakeFirst();
      return row && decode(row.command);
    },
  };
}
