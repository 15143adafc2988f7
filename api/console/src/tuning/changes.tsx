import { useState } from "preact/hooks";
import { phrases } from "../phrases";
import { Moment } from "../time/moment";
import type { Change } from "./contract";
import { words } from "./phrases";
import { tuning } from "./service";

/** What was applied, whether its promise stands, and the way back. */
export function Changes({ changes, now, reload }: { changes: Change[]; now: number; reload(): void }) {
  const [problem, setProblem] = useState<string | null>(null);
  async function revert(change: Change) {
    try {
      await tuning.revert(change.id);
      setProblem(null);
      reload();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <section class="panel" aria-labelledby="changes-title">
      <h2 id="changes-title">{words.changes}</h2>
      {problem !== null && <p class="form-problem" role="alert">{problem}</p>}
      {changes.length === 0 && <p class="quiet">{words.noChanges}</p>}
      <ul class="change-list">
        {changes.map((change) => (
          <li key={change.id} data-testid="change">
            <div>
              <strong>{change.deployment_id}</strong> {phrases.lighting[change.lighting]}: {said(change)}
              <p class="quiet small">
                {change.made_by}, <Moment at={change.made_at} now={now} />
              </p>
              {change.watched && (
                <p class="small">
                  {words.since(change.watched.days, change.watched.alarms, change.watched.false, change.watched.unreviewed)}
                </p>
              )}
            </div>
            {change.watched && change.reverted_at === null && (
              <span class={`standing ${change.watched.standing}`}>{words.standing[change.watched.standing]}</span>
            )}
            {change.reverted_at === null ? (
              <button type="button" onClick={() => void revert(change)}>
                {words.revert}
              </button>
            ) : (
              <span class="quiet">{words.reverted(change.reverted_by ?? "")}</span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function said(change: Change): string {
  if (change.kind === "mask") return "one more mask";
  const before = typeof change.before === "number" ? change.before.toFixed(2) : "the release's own";
  return `${before} → ${typeof change.after === "number" ? change.after.toFixed(2) : String(change.after)}`;
}
