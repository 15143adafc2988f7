import { useEffect, useState } from "preact/hooks";

/** This phone's own clock, each second: for spans between two of its own readings. */
export function useClock(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
