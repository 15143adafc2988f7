import { LevelMark } from "../alerts/level_mark";
import { Loading, Problem } from "../parts/notice";
import { phrases } from "../phrases";
import { call } from "../service/client";
import type { AlertList } from "../service/contract";
import { useLoaded } from "../service/use_loaded";
import { useSession } from "../session/session_context";
import { Ago, Moment } from "../time/moment";
import { wallClock } from "../time/moments";
import type { Signature } from "./contract";
import { words as all } from "./phrases";
import { certificateOf, people } from "./service";

const words = all.certificates;
const DAY_MS = 86_400_000;
const newestAlerts = () => call<AlertList>("GET", "/alerts?limit=200");
const ledger = async () => {
  const [key, signatures] = await Promise.all([people.key(), people.signatures()]);
  return { key, signatures };
};

/** How far the ledger is signed, and for each alert the page that proves its warnings. */
export function CertificatesScreen({ now }: { now: number }) {
  const { site } = useSession();
  const signed = useLoaded(ledger);
  const alerts = useLoaded(newestAlerts);
  const problem = signed.problem ?? alerts.problem;
  if (signed.content === null || alerts.content === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={() => (signed.reload(), alerts.reload())} />;
  }
  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      <SignatureState ledgerKey={signed.content.key} signatures={signed.content.signatures} now={now} />
      {alerts.content.alerts.length === 0 ? (
        <p class="quiet">{words.none}</p>
      ) : (
        <div class="table-frame" tabIndex={0}>
          <table data-testid="certificates">
            <caption>{words.newest}</caption>
            <thead>
              <tr>{Object.entries(words.columns).map(([key, name]) => <th key={key} scope="col">{name}</th>)}</tr>
            </thead>
            <tbody>
              {alerts.content.alerts.map((alert) => (
                <tr key={alert.id} data-testid="certificate-row">
                  <td><Moment at={alert.raised_at} now={now} /></td>
                  <th scope="row">{alert.geofence.name}</th>
                  <td><LevelMark level={alert.level} /></td>
                  <td>{phrases.alerts.states[alert.state] ?? alert.state}</td>
                  <td>
                    <a
                      href={certificateOf(alert.id)}
                      target="_blank"
                      rel="noopener"
                      aria-label={words.openName(alert.geofence.name, wallClock(alert.raised_at, site.timezone))}
                    >
                      {words.open}
                    </a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function SignatureState({ ledgerKey, signatures, now }: { ledgerKey: string; signatures: Signature[]; now: number }) {
  const newest = signatures.at(-1);
  return (
    <section class="panel" aria-label={words.last} data-testid="signatures">
      {newest === undefined ? (
        <p>{words.unsigned}</p>
      ) : (
        <p>
          <strong>{words.signed(newest.number)}</strong>, {words.last} <Ago at={newest.signed_at} now={now} />, {words.count(signatures.length)}
        </p>
      )}
      {newest !== undefined && newest.key !== ledgerKey && <p class="trouble" role="alert">{words.otherKey}</p>}
      {newest !== undefined && now - Date.parse(newest.signed_at) > 2 * DAY_MS && <p class="trouble">{words.late}</p>}
      <p class="small quiet">{words.key}: <code>{ledgerKey}</code></p>
    </section>
  );
}
