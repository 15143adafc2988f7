// Answers and receipts wait here until the server has taken them: in order, once in effect.
// Used by the page and by the service worker, which may both be awake: a lock lets one send.
import { database, type Post } from "./storage";

export interface Flushed {
  /** Answers that the server has taken, with the alert it sent back (if it did). */
  taken: { post: Post; response: unknown }[];
  /** Answers that the server will never take; they are dropped. */
  refused: Post[];
}

type Outcome = "taken" | "refused" | "later";

const TEMPORARY = new Set([401, 408, 425, 429]);
const POST_TIMEOUT_MS = 15_000;

export async function keep(post: Post): Promise<void> {
  await (await database()).add("posts", post);
}

export async function waitingAnswers(): Promise<Post[]> {
  return (await allPosts()).filter((post) => post.kind === "answer");
}

export async function isAnythingWaiting(): Promise<boolean> {
  return (await allPosts()).length > 0;
}

/** Send what waits; stop at the first sign that there is no connection. */
export async function flush(): Promise<Flushed> {
  const { locks } = navigator as { locks?: LockManager };
  // Without https there are no locks, but then there is no service worker either.
  return locks === undefined ? send() : locks.request("trunkline-outbox", send);
}

async function send(): Promise<Flushed> {
  const flushed: Flushed = { taken: [], refused: [] };
  const posts = await allPosts();
  // A receipt that fails must not hold up an answer.
  for (const kind of ["answer", "receipt"] as const) {
    await sendInOrder(
      posts.filter((post) => post.kind === kind),
      flushed,
    );
  }
  return flushed;
}

async function sendInOrder(posts: Post[], flushed: Flushed): Promise<void> {
  for (const post of posts) {
    const { outcome, response } = await tell(post);
    if (outcome === "later") return;
    if (post.order !== undefined) await (await database()).delete("posts", post.order);
    if (post.kind !== "answer") continue;
    if (outcome === "taken") flushed.taken.push({ post, response });
    else flushed.refused.push(post);
  }
}

async function tell(post: Post): Promise<{ outcome: Outcome; response?: unknown }> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), POST_TIMEOUT_MS);
  try {
    const response = await fetch(post.url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(post.body),
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

async function allPosts(): Promise<Post[]> {
  return (await database()).getAll("posts");
}
