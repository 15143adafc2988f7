import { useState } from "preact/hooks";
import { ROOT } from "../service/client";
import type { Station } from "../service/contract";
import type { Release } from "./contract";
import { words as all } from "./phrases";

const words = all.releases;

/** A packed release goes to the server, with progress: a weak line takes its time. */
export function UploadForm({ stations, uploaded }: { stations: Station[]; uploaded(news: Release[]): void }) {
  const [file, setFile] = useState<File | null>(null);
  const [chosen, setChosen] = useState("");
  const [sent, setSent] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  const station = chosen || stations[0]?.id || "";

  async function upload(): Promise<void> {
    if (file === null || sent !== null) return;
    setWrong(null);
    setSaid("");
    setSent(0);
    try {
      uploaded(await send(file, station, setSent));
      setSaid(words.uploaded(station));
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
    setSent(null);
  }

  return (
    <form
      class="panel"
      aria-label={words.upload}
      onSubmit={(event) => {
        event.preventDefault();
        void upload();
      }}
    >
      <h2>{words.upload}</h2>
      <p class="quiet small">{words.uploadAbout}</p>
      {wrong !== null && <p class="form-problem" role="alert" data-testid="upload-problem">{wrong}</p>}
      <p class="actions">
        <label>
          {words.file}{" "}
          <input type="file" accept=".zip,application/zip" required data-testid="upload-file" onChange={({ currentTarget }) => setFile(currentTarget.files?.[0] ?? null)} />
        </label>
        <label>
          {words.canary}{" "}
          <select value={station} onChange={({ currentTarget }) => setChosen(currentTarget.value)} data-testid="upload-station">
            {stations.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
        <button type="submit" aria-disabled={sent !== null} data-testid="upload-send">{words.send}</button>
      </p>
      {sent !== null && <progress max={1} value={sent} aria-label={words.upload} />}
      <p role="status" data-testid="upload-said">
        {sent === null ? said : sent < 1 ? words.sending(Math.floor(sent * 100)) : words.checking}
      </p>
    </form>
  );
}

/** `fetch` tells nothing while it sends; this does. */
function send(file: File, station: string, progress: (share: number) => void): Promise<Release[]> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${ROOT}/fleet/releases?station_id=${encodeURIComponent(station)}`);
    request.setRequestHeader("Content-Type", "application/zip");
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () => reject(new Error(words.unreachable));
    request.onload = () => {
      if (request.status === 201) resolve(request.response as Release[]);
      else reject(new Error((request.response as { message?: string } | null)?.message ?? words.unreachable));
    };
    request.send(file);
  });
}
