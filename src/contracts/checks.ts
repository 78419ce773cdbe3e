/** One line of `segue doctor`: what was looked at, what was found, and the exact thing to do where it is not well. */
export type Check = {
  name: string;
  status: "ok" | "warning" | "failed";
  found: string;
  todo?: string;
};

/** Looks at one part from the outside and never throws what it can say. The signal is its deadline. */
export type Checker = (signal: AbortSignal) => Promise<Check[]>;
