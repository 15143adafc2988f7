// Answers, receipts and reports wait here until the server has taken them: in order, once in effect.
// Used by the page and by the service worker, which may both be awake: a lock lets one send.
import { database, type Post } from "./storage";

export interface Flushed {
  /** Answers and reports that the server has taken, with what it sent back (if it did). */
  taken: { post: Post; response: unknown }[];
  /** Answers and reports that the server will never take; they are dropped. */
  refused: Post[];
}

type Outcome = "taken" | "refused" | "later";

const TEMPORARY = new Set([401, 408, 425, 429]);
const TIMEOUT_MS: Record<Post["kind"], number> = {
  answer: 15_000,
  receipt: 8_000,
  report: 120_000, // a photo on a link of the second generation
};

// Where the phone keeps nothing (private windows, a full disk), the page's own memory must do.
let unkept: Post[] = [];
let nextUnkept = -1_000_000;

export async function keep(post: Post): Promise<void> {
  const dated = { keptAt: Date.now(), ...post };
  try {
    await (await database()).add("posts", dated);
  } catch {
    unkept.push({ ...dated, order: nextUnkept++ });
  }
}

/** What the person has said and the server has not taken yet, oldest first. */
export async function waitingPosts(): Promise<Post[]> {
  return (await allPosts()).filter((post) => post.kind !== "receipt");
}

export async function isAnythingWaiting(): Promise<boolean> {
  return (await allPosts()).length > 0;
}

/** Send what waits; `personId` is who is signed in, if anybody knows. Stops where there is no connection. */
export async function flush(personId?: string): Promise<Flushed> {
  const { locks } = navigator as { locks?: LockManager };
  const work = () => send(personId);
  // Without https there are no locks, but then there is no service worker either.
  return locks === undefined ? work() : locks.request("trunkline-outbox", work);
}

async function send(personId: string | undefined): Promise<Flushed> {
  const flushed: Flushed = { taken: [], refused: [] };
  const posts = (await allPosts()).filter((post) => isOf(post, personId));
  // In the order of what happened: shown, opened, answered. But a receipt that fails holds up no
  // answer, and a photo holds up neither.
  const small = posts.filter((post) => post.kind !== "report");
  const stuck = new Set<Post["kind"]>();
  for (const post of [...small, ...posts.filter((post) => post.kind === "report")]) {
    if (stuck.has(post.kind)) continue;
    if ((await sendOne(post, flushed)) === "later") stuck.add(post.kind);
    if (stuck.has("answer") && stuck.has("receipt")) break; // there is no connection
  }
  return flushed;
}

async function sendOne(post: Post, flushed: Flushed): Promise<Outcome> {
  const { outcome, response } = await tell(post);
  if (outcome === "later") return outcome;
  await forget(post);
  if (post.kind === "receipt") return outcome;
  if (outcome === "taken") flushed.taken.push({ post, response });
  else flushed.refused.push(post);
  return outcome;
}

function isOf(post: Post, personId: string | undefined): boolean {
  return post.personId === undefined || personId === undefined || post.personId === personId;
}

async function tell(post: Post): Promise<{ outcome: Outcome; response?: unknown }> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS[post.kind]);
  // A report carries two readings of this clock: the server needs their difference alone.
  const now = post.kind === "report" ? { sent_at: new Date().toISOString() } : {};
  try {
    const response = await fetch(post.url, {
      method: post.method ?? "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...post.body, ...now }),
      signal: abort.signal,
    });
    const outcome = outcomeOf(response.status);
    const isNews = outcome === "taken" && response.status !== 204;
    return { outcome, response: isNews ? await response.json() : undefined };
  } catch {
    return { outcome: "later" }; // no signal, or none that lasted
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf(status: number): Outcome {
  if (status >= 200 && status < 300) return "taken";
  return status >= 500 || TEMPORARY.has(status) ? "later" : "refused";
}

async function forget(post: Post): Promise<void> {
  unkept = unkept.filter((one) => one.id !== post.id);
  if (post.order === undefined || post.order < 0) return;
  await (await database()).delete("posts", post.order);
}

async function allPosts(): Promise<Post[]> {
  const kept = await database()
    .then((db) => db.getAll("posts"))
    .catch(() => []);
  return [...kept, ...unkept];
}
