import { Empty, Loading, Problem } from "../parts/notice";
import { phrases, size } from "../phrases";
import { service } from "../service/client";
import type { Quarantine, QuarantinedMessage, Role } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { reaches } from "../session/session_context";
import { Moment } from "../time/moment";
import { TryAgain } from "./trying_again";
import { trying } from "./trying_words";

const words = phrases.quarantine;

/** Messages that could not be trusted or read. */
export function QuarantineScreen({ role, now }: { role: Role; now: number }) {
  if (!reaches(role, "operator")) return <Empty title={words.notForYou} about={words.notForYouAbout} />;
  return <QuarantineList now={now} />;
}

function QuarantineList({ now }: { now: number }) {
  const { content, problem, reload } = useLoaded(service.quarantine);
  useEvery(15_000, reload);
  if (content === null) {
    return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  }
  if (content.items.length === 0 && Object.keys(content.counts).length === 0) {
    return <Empty title={words.empty} about={words.emptyAbout} />;
  }
  return (
    <section class="screen" aria-labelledby="quarantine-title">
      <header class="screen-head">
        <h1 id="quarantine-title">{phrases.tabs.quarantine}</h1>
        <p class="quiet">{words.about}</p>
        <TryAgain ids={content.items.map((item) => item.id)} label={trying.all} done={reload} />
      </header>
      <Counts counts={content.counts} />
      <Items items={content.items} now={now} reload={reload} />
    </section>
  );
}

function Counts({ counts }: { counts: Quarantine["counts"] }) {
  const ordered = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return (
    <dl class="tallies" aria-label={words.counts} data-testid="quarantine-counts">
      {ordered.map(([reason, count]) => (
        <div key={reason}>
          <dt>{reason.replaceAll("_", " ")}</dt>
          <dd class="number">{count.toLocaleString("en-GB")}</dd>
        </div>
      ))}
    </dl>
  );
}

interface ItemsProps {
  items: QuarantinedMessage[];
  now: number;
  reload(): void;
}

function Items({ items, now, reload }: ItemsProps) {
  return (
    <div class="table-frame" tabIndex={0}>
      <table data-testid="quarantine">
        <caption>{words.items}</caption>
        <thead>
          <tr>
            <th scope="col">{words.columns.received}</th>
            <th scope="col">{words.columns.reason}</th>
            <th scope="col">{words.columns.why}</th>
            <th scope="col">{words.columns.topic}</th>
            <th scope="col" class="number">
              {words.columns.size}
            </th>
            <th scope="col">{trying.column}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.id} data-testid="quarantine-row">
              <td>
                <Moment at={item.received_at} now={now} />
              </td>
              <td>{item.reason_code.replaceAll("_", " ")}</td>
              <td class="wide">{item.reason}</td>
              <td class="wide">
                <code>{item.topic}</code>
              </td>
              <td class="number">{size(item.size_bytes)}</td>
              <td>
                <TryAgain ids={[item.id]} label={trying.one} done={reload} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
