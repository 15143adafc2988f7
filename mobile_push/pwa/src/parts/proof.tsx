// When this phone last proved that it can be rung. A bell that nobody has heard is a hope.
import { useEffect, useState } from "preact/hooks";

import { bell } from "../state/bell";
import { saved } from "../shared/storage";
import { call } from "../state/api";
import { language, me, nowMs, provedAtMs, t } from "../state/state";
import { agoWords } from "../words";

const PROOF_LASTS_MS = 14 * 86_400_000;

export function Proof() {
  const [rung, setRung] = useState(false);
  useEffect(() => {
    const look = () => void saved("provedAt").then((at) => (provedAtMs.value = at ?? provedAtMs.value), () => undefined);
    look();
    const timer = setInterval(look, 3_000);
    return () => clearInterval(timer);
  }, []);
  const reached = me.value?.phone.last_reached_at;
  const latest = Math.max(provedAtMs.value ?? 0, reached ? Date.parse(reached) : 0);
  const isFresh = latest > 0 && nowMs.value - latest < PROOF_LASTS_MS;
  async function test(): Promise<void> {
    await call("POST", "/drills", { scope: "person", level: "watch" }).then(() => setRung(true), () => undefined);
  }
  return (
    <div class={`proof${isFresh ? "" : " proof--old"}`} data-testid="proof">
      <p>
        {latest === 0
          ? t("fresh.never")
          : t("fresh.proved", { ago: agoWords(language.value, latest, nowMs.value) })}
      </p>
      {!isFresh && (bell.value === "on" || bell.value === "failed") && (
        <button class="button" type="button" disabled={rung} data-testid="ring-me" onClick={() => void test()}>
          {t("fresh.test")}
        </button>
      )}
    </div>
  );
}
