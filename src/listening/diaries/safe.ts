/** Keeps people's leave encrypted; what is sealed for one row opens for no other. */
export type DiarySafe = {
  seal(connection: string, secret: string): string;
  /** Raises where the keys are not those that it was sealed with. */
  open(connection: string, sealed: string): string;
};
