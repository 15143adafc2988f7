import { useState } from "preact/hooks";

import { siteMap, t } from "../state/state";
import { fetching, forgetTiles, keepTiles, keptTiles } from "../state/tiles";

/** Offered only where the site has map pictures. */
export function TilesOffer() {
  const [failed, setFailed] = useState(false);
  const offered = siteMap.value?.tiles;
  const kept = keptTiles.value;
  if (offered == null && kept === null) return null;
  if (fetching.value !== null) {
    return (
      <p class="quiet" role="status">
        {t("tiles.loading", { n: Math.floor(fetching.value * 100) })}
      </p>
    );
  }
  const isCurrent = kept !== null && (offered == null || kept.name === offered.name);
  return (
    <div class="tiles-offer">
      {failed && <p class="problem">{t("error.offline")}</p>}
      {isCurrent ? (
        <button class="button" type="button" data-testid="tiles-forget" onClick={() => void forgetTiles()}>
          {t("tiles.remove")}
        </button>
      ) : (
        offered != null && (
          <button
            class="button"
            type="button"
            data-testid="tiles-keep"
            onClick={() => keepTiles(offered).then(() => setFailed(false), () => setFailed(true))}
          >
            {t("tiles.keep", { n: Math.max(1, Math.round(offered.size_bytes / 1e6)) })}
          </button>
        )
      )}
    </div>
  );
}
