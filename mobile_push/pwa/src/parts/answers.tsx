// One thumb, one tap: what people say about an alert.
import { useEffect, useState } from "preact/hooks";

import { isEnded, isLapsed } from "../alerts";
import { Pictogram } from "./signs";
import { type Alert, type Answer, isRanger } from "../shared/wire";
import { give } from "../state/answers";
import { me, nowMs, t, waiting } from "../state/state";

/** A slip of the thumb on these would silence others: they want a second tap. */
const GRAVE: readonly Answer[] = ["false_alarm", "all_clear"];
const SECOND_TAP_MS = 6_000;

export function Answers({ alert }: { alert: Alert }) {
  const ranger = isRanger(me.value?.person.role ?? "villager");
  const lapsed = isLapsed(alert, nowMs.value);
  // What is long past needs no help any more: whoever may, tidies it up.
  if (isEnded(alert) || (lapsed && !ranger)) return null;
  const given = waiting.value.findLast((post) => post.alertId === alert.id)?.answer ?? alert.my_answer;
  const choices: Answer[] = lapsed ? ["false_alarm"] : ["seen", "on_my_way", "false_alarm"];
  if (ranger) choices.push("all_clear");
  return (
    <section class="answers" aria-label={t("alert.answer")} data-testid="answers">
      {choices.map((answer) => (
        <AnswerButton key={answer} alert={alert} answer={answer} given={given === answer} />
      ))}
    </section>
  );
}

interface ButtonProps {
  alert: Alert;
  answer: Answer;
  given: boolean;
}

function AnswerButton({ alert, answer, given }: ButtonProps) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), SECOND_TAP_MS);
    return () => clearTimeout(timer);
  }, [asked]);

  function tap(): void {
    if (GRAVE.includes(answer) && !asked) return setAsked(true);
    setAsked(false);
    void give(alert.id, answer);
  }

  return (
    <button
      type="button"
      class={`answer answer--${answer}${asked ? " answer--asked" : ""}`}
      data-testid={`answer-${answer}`}
      aria-pressed={given}
      onClick={tap}
    >
      <Pictogram of={answer} />
      <span>{asked ? t("answer.again") : t(`answer.${answer}`)}</span>
    </button>
  );
}
