import { useSession } from "../session/session_context";
import { wallClock } from "../time/moments";

/** When something ends, at the site. */
export function Until({ at }: { at: string }) {
  const { site } = useSession();
  return <time dateTime={at} title={site.timezone}>{wallClock(at, site.timezone).slice(0, -3)}</time>;
}
