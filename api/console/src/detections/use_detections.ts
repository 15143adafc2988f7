import { useCallback, useState } from "preact/hooks";
import { service } from "../service/client";
import type { Detection } from "../service/contract";
import { type Loaded, useLoaded } from "../service/use_loaded";
import { merged } from "./rules";

interface Listed {
  detections: Detection[];
  next: string | null;
}

export interface Detections extends Loaded<Listed> {
  arrived(detection: Detection): void;
  loadMore(): void;
  moreBusy: boolean;
  moreProblem: string | null;
  /** The newest that came live, for the announcement to a screen reader. */
  newest: Detection | null;
}

const firstPage = () => service.detections(null);

/** The list of detections: its first page, what arrives live, older pages when asked. */
export function useDetections(): Detections {
  const loaded = useLoaded<Listed>(firstPage);
  const [newest, setNewest] = useState<Detection | null>(null);
  const [moreBusy, setMoreBusy] = useState(false);
  const [moreProblem, setMoreProblem] = useState<string | null>(null);
  const { change, content } = loaded;

  const arrived = useCallback(
    (detection: Detection) => {
      change((known) => ({ ...known, detections: merged(known.detections, [detection]) }));
      if (detection.revision === 1) setNewest(detection);
    },
    [change],
  );

  const loadMore = useCallback(() => {
    const cursor = content?.next;
    if (!cursor || moreBusy) return;
    setMoreBusy(true);
    setMoreProblem(null);
    service
      .detections(cursor)
      .then(
        ({ detections, next }) =>
          change((known) => ({ detections: merged(known.detections, detections), next })),
        (error: Error) => setMoreProblem(error.message),
      )
      .finally(() => setMoreBusy(false));
  }, [change, content?.next, moreBusy]);

  return { ...loaded, arrived, loadMore, moreBusy, moreProblem, newest };
}
