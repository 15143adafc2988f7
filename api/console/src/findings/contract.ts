/** What the server says about findings, and where it says it. */
import { ROOT, call } from "../service/client";

export type Moon = "dark" | "half" | "bright";
export type Season = "dec_feb" | "mar_may" | "jun_aug" | "sep_nov";

export interface Activity {
  events: number;
  hours: number[];
  by_moon: Record<Moon, number[]>;
  by_season: Record<Season, number[]>;
}

export interface Weeks {
  weeks: string[];
  cameras: { camera: string; station_name: string; counts: number[] }[];
}

export interface History {
  first_day: string;
  occasion_days: number;
  cameras: { camera: string; station_name: string; seen: (number | null)[] }[];
}

export interface Paths {
  herds: {
    herd_id: number;
    points: { at: string; latitude: number; longitude: number; station: string }[];
  }[];
}

export interface Agreement {
  events: number;
  fleiss_kappa: number | null;
  pairs: {
    readers: [string, string];
    events: number;
    agreed: number;
    kappa: number | null;
  }[];
}

export interface ReviewRules {
  /** Of all events, how many two readers read: 0 to 1. */
  second_share: number;
  consensus: "majority" | "unanimous";
}

export const reviewRules = {
  read: () => call<ReviewRules>("GET", "/review/rules"),
  change: (rules: ReviewRules) => call<ReviewRules>("PUT", "/review/rules", rules),
};

export interface Span {
  days: number;
  reviewedOnly: boolean;
  drills: boolean;
}

export interface Findings {
  activity: Activity;
  weeks: Weeks;
  history: History;
  paths: Paths;
  agreement: Agreement;
}

export type FindingName = Exclude<keyof Findings, "agreement">;

function query({ days, reviewedOnly, drills }: Span): string {
  const since = new Date(Date.now() - days * 86_400_000).toISOString();
  const wished = new URLSearchParams({
    since,
    reviewed_only: String(reviewedOnly),
    drills: String(drills),
  });
  return wished.toString();
}

export async function loadFindings(span: Span): Promise<Findings> {
  const of = <Found>(name: FindingName) => call<Found>("GET", `/findings/${name}?${query(span)}`);
  const [activity, weeks, history, paths, agreement] = await Promise.all([
    of<Activity>("activity"),
    of<Weeks>("weeks"),
    of<History>("history"),
    of<Paths>("paths"),
    call<Agreement>("GET", "/review/agreement"),
  ]);
  return { activity, weeks, history, paths, agreement };
}

export function tableAddress(name: FindingName, span: Span): string {
  return `${ROOT}/findings/${name}/table?${query(span)}`;
}
