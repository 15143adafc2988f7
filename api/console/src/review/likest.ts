/** Whom the animal of the shown frame looks like, once somebody has asked. */
import { useState } from "preact/hooks";
import { type Candidate, catalogue } from "../individuals/contract";
import { reviewPhrases as words } from "./phrases";

export interface Likest {
  /** Of each individual that has a picture to compare, how alike; null until somebody asks. */
  found: Map<number, number> | null;
  ask(): void;
}

export function useLikest(frame: string | null, say: (said: string) => void): Likest {
  const [kept, setKept] = useState<{ frame: string; list: Candidate[] } | null>(null);
  function ask(): void {
    if (frame === null) return;
    say("…");
    catalogue.candidates(frame).then(
      (list) => {
        setKept({ frame, list });
        say(list.length > 0 ? "" : words.nobodyAlike);
      },
      (error: Error) => say(error.message),
    );
  }
  const here = kept !== null && kept.frame === frame && kept.list.length > 0 ? kept.list : null;
  return { found: here && new Map(here.map((one) => [one.individual_id, one.likeness])), ask };
}
