import { useSession } from "../session/session_context";
import { ago, wallClock } from "./moments";

/** One time: the site's wall clock, and how long ago. */
export function Moment({ at, now }: { at: string; now: number }) {
  const { timezone } = useSession().site;
  return (
    <time dateTime={at} title={`${at} (UTC)`}>
      {wallClock(at, timezone)} <span class="ago">· {ago(at, now)}</span>
    </time>
  );
}

/** How long ago, with the wall clock in the tooltip: for tables. */
export function Ago({ at, now }: { at: string; now: number }) {
  const { timezone } = useSession().site;
  return (
    <time dateTime={at} title={`${wallClock(at, timezone)} (${timezone})`}>
      {ago(at, now)}
    </time>
  );
}
