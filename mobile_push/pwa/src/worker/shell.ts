// The app without a signal: its own files, and the last pictures it showed.
declare const self: ServiceWorkerGlobalScope;
declare const __SHELL_FILES__: string[];
declare const __SHELL_VERSION__: string;

const SHELL = `trunkline-shell-${__SHELL_VERSION__}`;
const PICTURES = "trunkline-pictures";
const MAX_PICTURES = 30;
const INDEX = "/app/index.html";

export async function keepShell(): Promise<void> {
  const cache = await caches.open(SHELL);
  await cache.addAll(__SHELL_FILES__.map((url) => new Request(url, { cache: "reload" })));
}

export async function dropOldShells(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("trunkline-shell-") && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The answer from the phone's own memory, or undefined where the network must speak. */
export function answerFromPhone(request: Request): Promise<Response> | undefined {
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return undefined;
  if (request.mode === "navigate") return fromShell(INDEX, request);
  if (url.pathname.startsWith("/app/")) return fromShell(url.pathname, request);
  if (url.pathname.startsWith("/api/v1/media/")) return picture(request);
  return undefined;
}

async function fromShell(path: string, request: Request): Promise<Response> {
  const cached = await caches.match(path, { cacheName: SHELL }).catch(() => undefined);
  if (cached !== undefined) return cached;
  // The link or the disk failed when we were installed: each opening of the app tries again.
  if (path === INDEX) void keepShell().catch(() => undefined);
  return fetch(request);
}

async function picture(request: Request): Promise<Response> {
  const cache = await caches.open(PICTURES);
  const cached = await cache.match(request);
  if (cached !== undefined) return cached;
  const response = await fetch(request);
  if (response.ok) await keepPicture(cache, request, response.clone());
  return response;
}

async function keepPicture(cache: Cache, request: Request, response: Response): Promise<void> {
  await cache.put(request, response);
  const kept = await cache.keys(); // oldest first
  const tooMany = kept.slice(0, Math.max(0, kept.length - MAX_PICTURES));
  await Promise.all(tooMany.map((one) => cache.delete(one)));
}
