import { phrases } from "../phrases";

/** There is nothing to show, and why. */
export function Empty({ title, about }: { title: string; about: string }) {
  return (
    <div class="notice" role="status" data-testid="empty">
      <h2>{title}</h2>
      <p>{about}</p>
    </div>
  );
}

export function Loading() {
  return (
    <div class="notice loading" role="status" data-testid="loading">
      <p>{phrases.loading}</p>
    </div>
  );
}

/** Something failed: what, and what to do. */
export function Problem({ message, again }: { message: string; again(): void }) {
  return (
    <div class="notice problem" role="alert" data-testid="problem">
      <h2>{phrases.problem.title}</h2>
      <p>{message}</p>
      <button type="button" onClick={again}>
        {phrases.problem.again}
      </button>
    </div>
  );
}
