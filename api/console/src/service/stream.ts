/** The live stream: what happens now, without a gap after a lost connection. */
import { ROOT } from "./client";
import type { Alert, Detection, Station } from "./contract";

export type Connection = "connecting" | "live" | "lost";

export interface StreamListener {
  connection(connection: Connection): void;
  /** The stream is open after an interruption: reload what may have been missed. */
  resumed(): void;
  detection(detection: Detection): void;
  station(station: Station): void;
  alert(alert: Alert): void;
}

const RETRY_MS = [1_000, 2_000, 5_000, 10_000, 30_000];

/** Follow the stream until the returned function is called. */
export function follow(listener: StreamListener): () => void {
  let source: EventSource | null = null;
  let lastEventId = "";
  let failures = 0;
  let opened = false;
  let timer = 0;

  function on<Content>(name: string, tell: (content: Content) => void): void {
    source?.addEventListener(name, (event: MessageEvent<string>) => {
      lastEventId = event.lastEventId || lastEventId;
      tell(JSON.parse(event.data) as Content);
    });
  }

  function open(): void {
    source = new EventSource(resumeAddress(lastEventId));
    source.onopen = () => {
      failures = 0;
      listener.connection("live");
      if (opened) listener.resumed();
      opened = true;
    };
    source.onerror = lost;
    on("detection", listener.detection);
    on("station", listener.station);
    on("alert", listener.alert);
  }

  // The browser retries by itself only after a broken connection, not after an error page of a
  // server that is restarting; so every retry is ours.
  function lost(): void {
    source?.close();
    listener.connection("lost");
    timer = window.setTimeout(open, RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]);
    failures += 1;
  }

  listener.connection("connecting");
  open();
  return () => {
    window.clearTimeout(timer);
    source?.close();
  };
}

function resumeAddress(lastEventId: string): string {
  if (!lastEventId) return `${ROOT}/stream`;
  return `${ROOT}/stream?last_event_id=${encodeURIComponent(lastEventId)}`;
}
