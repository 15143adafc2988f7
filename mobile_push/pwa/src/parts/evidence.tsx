// The camera's picture with what the network saw in it.
import { useEffect, useState } from "preact/hooks";

import type { Alert, Evidence, SeenAnimal } from "../shared/wire";
import { language, link, t } from "../state/state";
import { countWords } from "../words";

export function EvidencePicture({ alert }: { alert: Alert }) {
  const [failed, setFailed] = useState(false);
  const isOnline = link.value.state === "live";
  useEffect(() => setFailed(false), [isOnline, alert.evidence?.url]);
  if (alert.evidence === null) return <p class="quiet">{t("alert.no_picture")}</p>;
  if (failed) return <p class="quiet">{t("alert.picture_away")}</p>;
  const { evidence } = alert;
  return (
    <figure class="evidence" data-testid="evidence">
      <div class="evidence__picture">
        <img src={evidence.url} alt={altText(alert, evidence)} onError={() => setFailed(true)} />
        <svg class="evidence__boxes" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
          {evidence.animals.map((animal, index) => (
            <AnimalBox key={index} animal={animal} />
          ))}
        </svg>
      </div>
      <figcaption>{altText(alert, evidence)}</figcaption>
    </figure>
  );
}

function AnimalBox({ animal }: { animal: SeenAnimal }) {
  const [x, y, width, height] = animal.box.map((fraction) => fraction * 100);
  return (
    <rect class={`box box--${animal.label}`} x={x} y={y} width={width} height={height}>
      <title>{`${t(`label.${animal.label}`)} ${Math.round(animal.confidence * 100)} %`}</title>
    </rect>
  );
}

function altText(alert: Alert, evidence: Evidence): string {
  const count = countWords(language.value, alert.count);
  if (alert.reported != null) return t("alert.photo", { count });
  const lighting = t(`lighting.${evidence.lighting}`);
  return t("alert.picture", { lighting, count });
}
