import type { Picture, Pictures } from "../../src/contracts/pictures.ts";

/** Keeps what was to be drawn instead of drawing it. */
export type FakePictures = Pictures & {
  readonly drawn: { subject: string; slot: string; picture: Picture }[];
  /** As where the process that draws has died. */
  broken: boolean;
};

export function createFakePictures(): FakePictures {
  const drawn: FakePictures["drawn"] = [];
  const without = (gone: (subject: string) => boolean) => {
    for (let at = drawn.length - 1; at >= 0; at -= 1) if (gone(drawn[at]?.subject ?? "")) drawn.splice(at, 1);
  };
  const pictures: FakePictures = {
    drawn,
    broken: false,
    async draw({ subject, slot }, picture) {
      if (pictures.broken) return undefined;
      const at = drawn.findIndex((each) => each.subject === subject && each.slot === slot);
      if (at >= 0) drawn.splice(at, 1);
      drawn.push({ subject, slot, picture });
      return `https://here.example/drawn/${slot}`;
    },
    async forget(subject) {
      without((other) => other === subject);
    },
    async forgetPreviews() {
      without((subject) => subject.startsWith("preview:"));
    },
  };
  return pictures;
}
