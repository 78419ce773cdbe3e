/**
 * Places: how many people may link an account through one app of a provider, and who waits for one. A provider lets so many in as its
 * operator has named to it.
 */

/** `waiting`: the operator has yet to let them in. `ready`: they were let in, and have yet to link. */
export const slotStates = ["waiting", "ready"] as const;
export type SlotState = (typeof slotStates)[number];
export type SlotRow = {
  id: string;
  personId: string;
  provider: string;
  state: SlotState;
  askedAt: number;
  /** When the operator was told of it; of `ready`, when the person was. */
  toldAt?: number;
};

export interface SlotStore {
  /** The earliest first. */
  of(provider: string): Promise<SlotRow[]>;
  get(id: string): Promise<SlotRow | undefined>;
  /** What is there stays as it is. */
  put(row: Omit<SlotRow, "id" | "state" | "toldAt">): Promise<SlotRow>;
  /** Resolves false where there is none, or it was so already. */
  setState(id: string, state: SlotState): Promise<boolean>;
  /** Undefined: they are to be told again. */
  setTold(id: string, at: number | undefined): Promise<void>;
  remove(id: string): Promise<boolean>;
}

export type SlotPerson = { personId: string; name: string; sinceAt: number };
export type SlotStanding = {
  provider: string;
  providerName: string;
  total: number;
  taken: SlotPerson[];
  waiting: (SlotPerson & { id: string; state: SlotState })[];
};

export interface Slots {
  /** Providers whose places are counted. */
  standings(): Promise<SlotStanding[]>;
  /**
   * Whether the person may try to link now: they have a place, were let in, or one is free. Undefined for a provider without a limit.
   */
  mayLink(personId: string, provider: string): Promise<boolean | undefined>;
  /** Puts the person on the list and asks the operators privately; resolves with how many are before them. Asked again: nothing new. */
  ask(personId: string, provider: string): Promise<{ before: number }>;
  /** The operator has let them in: they are told. Resolves with whom; undefined when that was done before, or they left. */
  letIn(id: string): Promise<SlotPerson | undefined>;
  /** Takes the person, or that entry, off the list. */
  leave(who: { personId: string; provider: string } | { id: string }): Promise<boolean>;
}
