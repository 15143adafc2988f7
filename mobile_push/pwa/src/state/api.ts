// The server over HTTP. A failure is an ApiError with the phrase that tells the person what to do.
import type { PhraseKey } from "../shared/phrases";

const TIMEOUT_MS = 20_000;

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }

  get phrase(): PhraseKey {
    if (this.code === "unknown_invite") return "join.unknown";
    if (this.code === "wrong_password") return "join.wrong";
    if (this.status === 0) return "error.offline";
    if (this.status === 401) return "error.signed_out";
    return this.status === 429 ? "error.too_often" : "error.server";
  }
}

export async function get<T>(path: string): Promise<T> {
  return (await call("GET", path)) as T;
}

export async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await reach(path, {
    method,
    signal: timeout(),
    ...(body === undefined
      ? {}
      : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
  const said: unknown = await response.json().catch(() => null);
  if (response.ok) return said;
  const { error } = (said ?? {}) as { error?: string };
  throw new ApiError(response.status, error ?? "unknown");
}

async function reach(path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(`/api/v1${path}`, request);
  } catch {
    throw new ApiError(0, "offline");
  }
}

function timeout(): AbortSignal {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), TIMEOUT_MS);
  return abort.signal;
}
