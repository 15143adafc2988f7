import type { Station } from "../service/contract";
import type { Order, ReviewState, Wish } from "./contract";
import { reviewPhrases as words } from "./phrases";
import type { Reviewer } from "./reviewer";

interface ReviewBarProps {
  reviewer: Reviewer;
  stations: Station[];
  change(wish: Wish): void;
  help(): void;
}

/** What is shown and in which order, how much is left, and whether all is stored. */
export function ReviewBar({ reviewer, stations, change, help }: ReviewBarProps) {
  const { wish, progress, outgoing } = reviewer;
  const pending = outgoing.pending;
  return (
    <form class="filters review-bar" onSubmit={(event) => event.preventDefault()}>
      <label>
        {words.order}
        <select
          value={wish.order}
          data-testid="review-order"
          onChange={({ currentTarget }) => change({ ...wish, order: currentTarget.value as Order })}
        >
          {Object.entries(words.orders).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.state}
        <select
          value={wish.state}
          data-testid="review-state"
          onChange={({ currentTarget }) =>
            change({ ...wish, state: currentTarget.value as ReviewState })
          }
        >
          {Object.entries(words.states).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.station}
        <select
          value={wish.station ?? ""}
          onChange={({ currentTarget }) =>
            change({ ...wish, station: currentTarget.value || null })
          }
        >
          <option value="">{words.all}</option>
          {stations.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={wish.drills}
          onChange={() => change({ ...wish, drills: !wish.drills })}
        />
        {words.drills}
      </label>
      <span class="quiet" role="status" data-testid="review-progress">
        {progress && words.progress(progress.open + progress.disputed, progress.mine_today + pending)}
        {" · "}
        <span class={outgoing.isStuck ? "trouble" : ""} data-testid="review-stored">
          {outgoing.isStuck
            ? words.stuck(pending)
            : pending > 0
              ? words.storing(pending)
              : words.stored}
        </span>
      </span>
      <button type="button" onClick={help} data-testid="review-help">
        <kbd>?</kbd> {words.help}
      </button>
    </form>
  );
}
