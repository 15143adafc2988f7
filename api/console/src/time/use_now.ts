import { useEffect, useState } from "preact/hooks";

/** The present in milliseconds, by the server's clock, renewed every few seconds. */
export function useNow(clockAheadMs: number, everyMs = 5_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now + clockAheadMs;
}
