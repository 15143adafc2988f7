// Whether the phone would hear of an elephant right now.
import { link, t, waiting, language } from "../state/state";
import { agoWords } from "../words";
import { useClock } from "./clock";

export function LinkLine() {
  const now = useClock();
  const { state, heardAtMs } = link.value;
  const ago = heardAtMs === null ? "" : agoWords(language.value, heardAtMs, now);
  const isLive = state === "live";
  const text = isLive
    ? t("link.live", { ago })
    : state === "connecting"
      ? t("link.connecting")
      : heardAtMs === null
        ? t("link.never")
        : t("link.lost", { ago });
  return (
    <p class={`link link--${state}`} data-testid="link" data-state={state}>
      <span class="link__dot" aria-hidden="true" />
      <span>{text}</span>
      {waiting.value.length > 0 && (
        <span class="link__queue" data-testid="queue">
          {t("queue.waiting", { n: waiting.value.length })}
        </span>
      )}
    </p>
  );
}
