import { useState } from "preact/hooks";
import { service } from "../service/client";
import type { Id } from "../service/contract";
import { trying } from "./trying_words";

/** What came of one message that was tried once more. */
export interface Replayed {
  id: Id;
  is_handled: boolean;
  reason: string;
}

const MOST_AT_ONCE = 100;

/** A button that has messages handled as if they came once more, and says what came of it. */
export function TryAgain({ ids, label, done }: { ids: Id[]; label: string; done(): void }) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | null>(null);

  async function tryAgain() {
    setBusy(true);
    try {
      const { items } = await service.replay(ids.slice(0, MOST_AT_ONCE));
      setSaid(trying.outcome(items));
      done();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <button
        type="button"
        disabled={busy || ids.length === 0}
        onClick={() => void tryAgain()}
        data-testid="quarantine-replay"
      >
        {busy ? trying.busy : label}
      </button>
      {said !== null && (
        <p class="quiet" role="status">
          {said}
        </p>
      )}
    </>
  );
}
