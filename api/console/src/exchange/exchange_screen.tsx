import { downloadZip } from "client-zip";
import { useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { type Loaded, useEvery, useLoaded } from "../service/use_loaded";
import { useSession } from "../session/session_context";
import { wallClock } from "../time/moments";
import { type ExportWish, type Job, exchange, handIn } from "./contract";
import { exchangePhrases as words } from "./phrases";

const LOOK_EVERY_MS = 2_000;

/** Out to other tools and in from them; both are jobs, with how far they are. */
export function ExchangeScreen() {
  const jobs = useLoaded(exchange.jobs);
  useEvery(LOOK_EVERY_MS, jobs.reload);
  return (
    <section class="screen exchange" aria-label={words.title}>
      <h1 class="unseen">{words.title}</h1>
      <div class="two-panels">
        <ExportForm asked={jobs.reload} />
        <ImportForm asked={jobs.reload} />
      </div>
      <Jobs jobs={jobs} />
    </section>
  );
}

const FIRST_WISH: ExportWish = {
  format: "camtrap_dp",
  since: null,
  reviewed_only: false,
  drills: false,
  pictures: true,
  network: true,
  exact_positions: false,
};
const CHECKS = [
  ["reviewed_only", words.reviewedOnly],
  ["network", words.network],
  ["pictures", words.pictures],
  ["drills", words.drills],
  ["exact_positions", words.exact],
] as const;

function ExportForm({ asked }: { asked(): void }) {
  const [wish, setWish] = useState(FIRST_WISH);
  const [days, setDays] = useState("");
  const [problem, setProblem] = useState<string | null>(null);

  function start(event: Event): void {
    event.preventDefault();
    const since = days ? new Date(Date.now() - Number(days) * 86_400_000).toISOString() : null;
    setProblem(null);
    exchange.export({ ...wish, since }).then(asked, (error: Error) => setProblem(error.message));
  }

  return (
    <form class="panel" onSubmit={start} aria-labelledby="export-title">
      <h2 id="export-title">{words.exportTitle}</h2>
      <label>
        {words.format}
        <select
          value={wish.format}
          data-testid="export-format"
          onChange={({ currentTarget }) => setWish({ ...wish, format: currentTarget.value })}
        >
          {Object.entries(words.formats).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.time}
        <select value={days} onChange={({ currentTarget }) => setDays(currentTarget.value)}>
          {Object.entries(words.times).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {CHECKS.map(([name, text]) => (
        <label key={name} class="check">
          <input
            type="checkbox"
            checked={wish[name]}
            onChange={() => setWish({ ...wish, [name]: !wish[name] })}
          />
          {text}
        </label>
      ))}
      <p class="quiet small">{words.exactAbout}</p>
      {problem !== null && (
        <p class="form-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="primary" data-testid="export-start">
        {words.start}
      </button>
    </form>
  );
}

function ImportForm({ asked }: { asked(): void }) {
  const [source, setSource] = useState("pictures");
  const [station, setStation] = useState("Imported");
  const [file, setFile] = useState<File | null>(null);
  const [folder, setFolder] = useState<File[]>([]);
  const [percent, setPercent] = useState<number | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  async function start(event: Event): Promise<void> {
    event.preventDefault();
    const fromFolder = source === "pictures" && file === null && folder.length > 0;
    if (file === null && !fromFolder) return;
    setProblem(null);
    setPercent(0);
    try {
      const body = file ?? (await packed(folder));
      const job = await exchange.import({ source, station: station || "Imported" });
      await handIn(job.id, body, (share) => setPercent(Math.floor(share * 100)));
      asked();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setPercent(null);
  }

  return (
    <form class="panel" onSubmit={(event) => void start(event)} aria-labelledby="import-title">
      <h2 id="import-title">{words.importTitle}</h2>
      <label>
        {words.source}
        <select
          value={source}
          data-testid="import-source"
          onChange={({ currentTarget }) => setSource(currentTarget.value)}
        >
          {Object.entries(words.sources).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {source !== "camtrap_dp" && (
        <label>
          {words.station}
          <input
            value={station}
            maxLength={80}
            onInput={({ currentTarget }) => setStation(currentTarget.value)}
          />
        </label>
      )}
      <label>
        {words.file}
        <input
          type="file"
          accept=".zip,application/zip"
          required={source !== "pictures" || folder.length === 0}
          data-testid="import-file"
          onChange={({ currentTarget }) => setFile(currentTarget.files?.[0] ?? null)}
        />
      </label>
      {source === "pictures" && (
        <label>
          {words.folder}
          <input
            type="file"
            ref={(input) => input?.setAttribute("webkitdirectory", "")}
            data-testid="import-folder"
            onChange={({ currentTarget }) => setFolder(picturesOf(currentTarget.files))}
          />
        </label>
      )}
      <p class="quiet small">{words.importAbout}</p>
      {problem !== null && (
        <p class="form-problem" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" class="primary" disabled={percent !== null} data-testid="import-start">
        {percent === null ? words.handIn : words.handingIn(percent)}
      </button>
    </form>
  );
}

/** The pictures of a folder that was chosen. */
function picturesOf(files: FileList | null): File[] {
  return [...(files ?? [])].filter(({ name }) => /\.(jpe?g|webp)$/i.test(name));
}

/** One ZIP of them, each with its way from the folder. */
function packed(files: File[]): Promise<Blob> {
  return downloadZip(files.map((file) => ({ name: file.webkitRelativePath || file.name, input: file }))).blob();
}

function Jobs({ jobs }: { jobs: Loaded<Job[]> }) {
  if (jobs.content === null) {
    return jobs.problem === null ? <Loading /> : <Problem message={jobs.problem} again={jobs.reload} />;
  }
  if (jobs.content.length === 0) return <p class="quiet">{words.noJobs}</p>;
  return (
    <div class="table-frame" tabIndex={0}>
      <table>
        <caption>{words.jobs}</caption>
        <thead>
          <tr>
            {words.columns.map((name) => (
              <th key={name} scope="col">
                {name || <span class="unseen">{words.download}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {jobs.content.map((job) => (
            <JobRow key={job.id} job={job} changed={jobs.reload} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function JobRow({ job, changed }: { job: Job; changed(): void }) {
  const { site } = useSession();
  const wish = String(job.wishes["format"] ?? job.wishes["source"] ?? "");
  const runs = ["empty", "waiting", "running"].includes(job.state);
  return (
    <tr data-testid="job">
      <th scope="row">
        {words.kinds[job.kind] ?? job.kind}: {words.formats[wish] ?? words.sources[wish] ?? wish}
      </th>
      <td>{wallClock(job.asked_at, site.timezone)}</td>
      <td data-testid="job-state">
        {words.states[job.state]}
        {job.state === "running" && (
          <progress max={Math.max(1, job.total)} value={job.done} aria-label={words.progress(job.done, job.total)} />
        )}
      </td>
      <td class="wide">{job.problem || <Result job={job} />}</td>
      <td>
        {typeof job.report["file"] === "string" && (
          <a href={exchange.fileAddress(job.id)} download data-testid="job-file">
            {words.download} ({words.size(Number(job.report["bytes"] ?? 0))})
          </a>
        )}
        {runs && (
          <button type="button" onClick={() => void exchange.stop(job.id).then(changed, changed)}>
            {words.stop}
          </button>
        )}
      </td>
    </tr>
  );
}

const SHOWN = ["events", "observations", "images", "train", "val", "frames", "pictures", "labels"];

function Result({ job }: { job: Job }) {
  const facts = SHOWN.filter((name) => typeof job.report[name] === "number").map(
    (name) => `${String(job.report[name])} ${name}`,
  );
  const leftOut = Array.isArray(job.report["left_out"]) ? (job.report["left_out"] as string[]) : [];
  const count = Number(job.report["left_out_count"] ?? 0);
  return (
    <>
      {facts.join(", ")}
      {count > 0 && (
        <details>
          <summary>{words.leftOut(count)}</summary>
          <ul class="plain-list small">
            {leftOut.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
