import type { ComponentChildren } from "preact";
import { useCallback, useState } from "preact/hooks";
import { Empty, Loading, Problem } from "../parts/notice";
import { useLoaded } from "../service/use_loaded";
import { AgreementPanel } from "./agreement_panel";
import { ActivityChart, HistoryChart, type Split, WeeksChart } from "./charts";
import { type FindingName, type Span, loadFindings, tableAddress } from "./contract";
import { PathsMap } from "./paths_map";
import { findingsPhrases as words } from "./phrases";
import { RulesPanel } from "./rules_panel";

/** What the sightings say together, as pictures, each with its data. */
export function FindingsScreen() {
  const [span, setSpan] = useState<Span>({ days: 365, reviewedOnly: false, drills: false });
  const [split, setSplit] = useState<Split>("none");
  const load = useCallback(() => loadFindings(span), [span]);
  const { content, problem, reload } = useLoaded(load);
  return (
    <section class="screen findings" aria-label={words.title}>
      <h1 class="unseen">{words.title}</h1>
      <SpanBar span={span} change={setSpan} />
      {content === null && (problem === null ? <Loading /> : <Problem message={problem} again={reload} />)}
      {content !== null && content.activity.events === 0 && (
        <Empty title={words.empty} about={words.emptyAbout} />
      )}
      {content !== null && content.activity.events > 0 && (
        <>
          <p class="quiet" data-testid="findings-about">
            {words.about(content.activity.events)}
          </p>
          <Panel name="activity" title={words.activity} about={words.activityAbout} span={span}>
            <label class="split">
              {words.split}{" "}
              <select
                value={split}
                data-testid="split"
                onChange={({ currentTarget }) => setSplit(currentTarget.value as Split)}
              >
                {Object.entries(words.splits).map(([value, text]) => (
                  <option key={value} value={value}>
                    {text}
                  </option>
                ))}
              </select>
            </label>
            <ActivityChart activity={content.activity} split={split} />
          </Panel>
          <Panel name="weeks" title={words.weeks} about={words.weeksAbout} span={span}>
            <WeeksChart weeks={content.weeks} />
          </Panel>
          <Panel
            name="history"
            title={words.history}
            about={words.historyAbout(content.history.occasion_days)}
            span={span}
          >
            {content.history.cameras.some(({ seen }) => seen.length > 0) ? (
              <HistoryChart history={content.history} />
            ) : (
              <p data-testid="history-short">{words.historyShort(content.history.occasion_days)}</p>
            )}
          </Panel>
          {content.paths.herds.length > 0 && (
            <Panel name="paths" title={words.paths} about={words.pathsAbout} span={span}>
              <PathsMap paths={content.paths} />
            </Panel>
          )}
        </>
      )}
      {content !== null && <AgreementPanel agreement={content.agreement} />}
      {content !== null && <RulesPanel />}
    </section>
  );
}

function SpanBar({ span, change }: { span: Span; change(span: Span): void }) {
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()}>
      <label>
        {words.time}
        <select
          value={span.days}
          onChange={({ currentTarget }) => change({ ...span, days: Number(currentTarget.value) })}
        >
          {Object.entries(words.times).map(([days, text]) => (
            <option key={days} value={days}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={span.reviewedOnly}
          onChange={() => change({ ...span, reviewedOnly: !span.reviewedOnly })}
        />
        {words.reviewedOnly}
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={span.drills}
          data-testid="findings-drills"
          onChange={() => change({ ...span, drills: !span.drills })}
        />
        {words.drills}
      </label>
    </form>
  );
}

interface PanelProps {
  name: FindingName;
  title: string;
  about: string;
  span: Span;
  children: ComponentChildren;
}

function Panel({ name, title, about, span, children }: PanelProps) {
  return (
    <section class="panel" aria-labelledby={`finding-${name}`} data-testid={`finding-${name}`}>
      <header>
        <h2 id={`finding-${name}`}>{title}</h2>
        <a href={tableAddress(name, span)} download aria-label={words.csvOf(title)}>
          {words.csv}
        </a>
      </header>
      <p class="quiet small">{about}</p>
      {children}
    </section>
  );
}
