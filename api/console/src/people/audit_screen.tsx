import { useCallback, useEffect, useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { useLoaded } from "../service/use_loaded";
import { Moment } from "../time/moment";
import type { AuditEntry, AuditPage } from "./contract";
import { words as all } from "./phrases";
import { people } from "./service";

const words = all.audit;

/** Who changed what, the newest first, of one area or around one person. */
export function AuditScreen({ now }: { now: number }) {
  const [area, setArea] = useState("");
  const [person, setPerson] = useState("");
  const [older, setOlder] = useState<AuditPage | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const load = useCallback(() => people.audit({ area, person, before: null }), [area, person]);
  const { content, problem, reload } = useLoaded(load);
  const staff = useLoaded(people.list);
  useEffect(() => setOlder(null), [area, person]);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;

  const entries = [...content.entries, ...(older?.entries ?? [])];
  const next = older === null ? content.next : older.next;

  async function more(before: number): Promise<void> {
    try {
      const page = await people.audit({ area, person, before });
      setOlder({ entries: [...(older?.entries ?? []), ...page.entries], next: page.next });
      setWrong(null);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <>
      <header class="screen-head">
        <h1>{words.title}</h1>
        <label>
          {words.area}
          <select value={area} data-testid="audit-area" onChange={({ currentTarget }) => setArea(currentTarget.value)}>
            <option value="">{words.anything}</option>
            {Object.entries(words.areas).map(([key, name]) => <option key={key} value={key}>{name}</option>)}
          </select>
        </label>
        <label>
          {words.person}
          <select value={person} onChange={({ currentTarget }) => setPerson(currentTarget.value)}>
            <option value="">{words.anybody}</option>
            {(staff.content?.people ?? []).map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
      </header>
      <p class="quiet lead">{words.about}</p>
      {(wrong ?? problem) !== null && <p class="form-problem" role="alert">{wrong ?? problem}</p>}
      {entries.length === 0 ? (
        <p class="quiet" role="status">{words.none}</p>
      ) : (
        <div class="table-frame" tabIndex={0}>
          <table data-testid="audit">
            <caption>{words.title}</caption>
            <thead>
              <tr>{Object.entries(words.columns).map(([key, name]) => <th key={key} scope="col">{name}</th>)}</tr>
            </thead>
            <tbody>{entries.map((entry) => <EntryRow key={entry.id} entry={entry} now={now} />)}</tbody>
          </table>
        </div>
      )}
      {next !== null && <button type="button" data-testid="audit-more" onClick={() => void more(next)}>{words.more}</button>}
    </>
  );
}

function EntryRow({ entry, now }: { entry: AuditEntry; now: number }) {
  const [area = "", verb = ""] = entry.action.split(".");
  return (
    <tr data-testid="audit-row">
      <td><Moment at={entry.at} now={now} /></td>
      <td>{entry.by}</td>
      <td>{area}: {verb}</td>
      <td class="wide">
        {entry.subject}
        {entry.about !== null && <span class="block">{entry.about}</span>}
      </td>
      <td class="wide"><Difference before={entry.before} after={entry.after} /></td>
    </tr>
  );
}

const SHORT = 60;

function Difference({ before, after }: { before: unknown; after: unknown }) {
  if (before === null && after === null) return null;
  const was = text(before);
  const is = text(after);
  const line = [was, is].filter(Boolean).join(" → ");
  if (line.length <= SHORT) return <code>{line}</code>;
  return (
    <details>
      <summary>{line.slice(0, SHORT)}… <span class="quiet small">{words.details}</span></summary>
      {was && <pre>{JSON.stringify(before, null, 1)}</pre>}
      {is && <pre>{JSON.stringify(after, null, 1)}</pre>}
    </details>
  );
}

function text(value: unknown): string {
  if (value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
