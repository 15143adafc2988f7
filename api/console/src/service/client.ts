/** The way to the server: JSON in, JSON out, and every failure one plain sentence. */
import { phrases } from "../phrases";
import type {
  AlertList,
  DetectionPage,
  Geofences,
  HerdPath,
  Id,
  Quarantine,
  Session,
  SiteMap,
  Station,
} from "./contract";
import type { Replayed } from "../quarantine/trying_again";

export const ROOT = "/api/v1";
const PATIENCE_MS = 20_000;

/** What the server refused, or that it could not be reached (`status` 0). */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await reach(method, path, body);
  if (!response.ok) throw await refusal(response);
  if (response.status === 204) return undefined as Answer;
  return (await response.json()) as Answer;
}

async function reach(method: string, path: string, body: unknown): Promise<Response> {
  const asked: RequestInit = { method, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    asked.headers = { "Content-Type": "application/json" };
    asked.body = JSON.stringify(body);
  }
  try {
    return await fetch(ROOT + path, asked);
  } catch {
    throw new ServiceError(0, "unreachable", phrases.problem.unreachable);
  }
}

async function refusal(response: Response): Promise<ServiceError> {
  try {
    const { error, message } = (await response.json()) as { error: string; message: string };
    if (message) return new ServiceError(response.status, error, message);
  } catch {
    // Not our server's words (a proxy's error page, say): ours follow.
  }
  return new ServiceError(response.status, "unexpected", phrases.problem.status(response.status));
}

export const service = {
  session: () => call<Session>("GET", "/me"),
  signIn: (inviteCode: string, name: string) =>
    call<Session>("POST", "/session", {
      invite_code: inviteCode,
      ...(name ? { name } : {}),
      language: "en",
    }),
  signInByPassword: (name: string, password: string) =>
    call<Session>("POST", "/session", { name, password }),
  signOut: () => call<void>("DELETE", "/session"),
  detections: (before: string | null) =>
    call<DetectionPage>(
      "GET",
      `/detections?limit=50${before === null ? "" : `&before=${encodeURIComponent(before)}`}`,
    ),
  stations: async () => (await call<{ stations: Station[] }>("GET", "/stations")).stations,
  alerts: () => call<AlertList>("GET", "/alerts?limit=50"),
  map: () => call<SiteMap>("GET", "/map"),
  herd: (id: Id) => call<HerdPath>("GET", `/herds/${id}`),
  putGeofences: (document: unknown) => call<Geofences>("PUT", "/geofences", document),
  removeGeofence: (id: Id) => call<void>("DELETE", `/geofences/${id}`),
  quarantine: () => call<Quarantine>("GET", "/quarantine"),
  replay: (ids: Id[]) => call<{ items: Replayed[] }>("POST", "/quarantine/replay", { ids }),
};
