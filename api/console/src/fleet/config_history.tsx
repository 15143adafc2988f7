import { Moment } from "../time/moment";
import type { ConfigVersion, Settings, StationConfig } from "./contract";
import { words as all } from "./phrases";
import { written } from "./settings";

const words = all.config;

/** Where what counts is not what was wished. */
export function Differences({ config }: { config: StationConfig }) {
  return (
    <section class="panel" aria-labelledby="differences-title">
      <h2 id="differences-title">{words.differences}</h2>
      {config.reported === null ? (
        <p class="quiet">{words.notReported}</p>
      ) : config.differences.length === 0 ? (
        <p class="quiet" data-testid="no-differences">{words.noDifferences}</p>
      ) : (
        <table data-testid="differences">
          <thead>
            <tr>
              <th scope="col">{words.key}</th>
              <th scope="col">{words.desired}</th>
              <th scope="col">{words.reported}</th>
            </tr>
          </thead>
          <tbody>
            {config.differences.map(({ key, desired, reported }) => (
              <tr key={key}>
                <th scope="row"><code>{key}</code></th>
                <td class="wide">{written(desired)}</td>
                <td class="wide trouble">{written(reported)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** Every version that was wished, and what became of it. */
export function ConfigHistory({ history, now, take }: { history: ConfigVersion[]; now: number; take(settings: Settings): void }) {
  return (
    <section class="panel" aria-labelledby="history-title">
      <h2 id="history-title">{words.history}</h2>
      {history.length === 0 && <p class="quiet">{words.noHistory}</p>}
      <ol class="change-list" data-testid="config-history">
        {history.map((version) => (
          <li key={version.version}>
            <div>
              <strong>{all.overview.version(version.version)}</strong>{" "}
              <span class={version.outcome === "applied" || version.outcome === null ? "quiet" : "trouble"}>
                {words.outcome[version.outcome ?? ""] ?? words.unanswered}
                {version.reason && `: ${version.reason}`}
              </span>
              <p class="small">{version.note}</p>
              <p class="quiet small">{version.made_by}, <Moment at={version.made_at} now={now} /></p>
              <code class="small">{JSON.stringify(version.settings)}</code>
            </div>
            <button type="button" onClick={() => take(version.settings)}>{words.take}</button>
          </li>
        ))}
      </ol>
    </section>
  );
}
