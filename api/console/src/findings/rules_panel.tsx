import { useEffect, useState } from "preact/hooks";
import { reaches, useSession } from "../session/session_context";
import { type ReviewRules, reviewRules } from "./contract";
import { findingsPhrases as words } from "./phrases";

/** How many events two readers read, blind, and when their words make a verdict. */
export function RulesPanel() {
  const { person } = useSession();
  const [rules, setRules] = useState<ReviewRules | null>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    reviewRules.read().then(setRules, (error: Error) => setSaid(error.message));
  }, []);
  if (rules === null) return said ? <p role="alert">{said}</p> : null;
  const mayChange = reaches(person.role, "operator");

  function save(event: Event): void {
    event.preventDefault();
    if (rules === null) return;
    reviewRules.change(rules).then(
      () => setSaid(words.rulesSaved),
      (error: Error) => setSaid(error.message),
    );
  }

  return (
    <section class="panel" aria-labelledby="review-rules" data-testid="review-rules">
      <h2 id="review-rules">{words.rules}</h2>
      <p class="quiet small">{mayChange ? words.rulesAbout : words.rulesNotYours}</p>
      <form class="filters" onSubmit={save}>
        <label>
          {words.secondShare}
          <input
            type="number"
            min={0}
            max={100}
            required
            disabled={!mayChange}
            value={Math.round(rules.second_share * 100)}
            data-testid="second-share"
            onInput={({ currentTarget: { valueAsNumber: percent } }) =>
              setRules({ ...rules, second_share: Math.min(Math.max(percent || 0, 0), 100) / 100 })
            }
          />
        </label>
        <label>
          {words.consensus}
          <select
            disabled={!mayChange}
            value={rules.consensus}
            data-testid="consensus"
            onChange={({ currentTarget }) =>
              setRules({ ...rules, consensus: currentTarget.value as ReviewRules["consensus"] })
            }
          >
            {Object.entries(words.consensuses).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
        </label>
        {mayChange && (
          <button type="submit" data-testid="rules-save">
            {words.rulesSave}
          </button>
        )}
        <span role="status" data-testid="rules-said">
          {said}
        </span>
      </form>
    </section>
  );
}
