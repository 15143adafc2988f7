import { t } from "../state/state";

/** Nobody may take a drill for elephants, nor elephants for a drill. */
export function DrillRibbon() {
  return (
    <span class="ribbon" data-testid="drill">
      <strong>{t("drill.word")}</strong> <span>{t("drill.about")}</span>
    </span>
  );
}
