/** Times in words and in the site's own time zone. */

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

export function secondsBetween(earlier: string, later: string | number): number {
  return (new Date(later).getTime() - new Date(earlier).getTime()) / 1000;
}

/** "now", "4 min", "3 h 20 min", "2 d": how long something took. */
export function duration(seconds: number): string {
  if (seconds < 5) return "now";
  if (seconds < MINUTE_S) return `${Math.floor(seconds)} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds >= 2 * DAY_S) return `${Math.floor(seconds / DAY_S)} d`;
  const hours = Math.floor(seconds / HOUR_S);
  const minutes = Math.floor((seconds % HOUR_S) / MINUTE_S);
  return minutes > 0 && hours < 6 ? `${hours} h ${minutes} min` : `${hours} h`;
}

/** How long ago; a moment in the future (a station's fast clock) says so. */
export function ago(at: string, now: number): string {
  const seconds = secondsBetween(at, now);
  if (seconds < -MINUTE_S) return `in ${duration(-seconds)} (clock ahead)`;
  const words = duration(Math.max(0, seconds));
  return words === "now" ? "just now" : `${words} ago`;
}

/** The site's wall clock, as a researcher writes it down: "22 Nov 19:41:07". */
export function wallClock(at: string, timezone: string): string {
  return formatter(timezone).format(new Date(at)).replace(",", "");
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timezone: string): Intl.DateTimeFormat {
  const known = formatters.get(timezone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: supported(timezone),
  });
  formatters.set(timezone, made);
  return made;
}

function supported(timezone: string): string {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: timezone });
    return timezone;
  } catch {
    return "UTC"; // an unknown zone must not take the page down
  }
}
