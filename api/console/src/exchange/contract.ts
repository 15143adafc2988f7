/** Exports, imports and the jobs that make them. */
import { ROOT, ServiceError, call } from "../service/client";

export interface Job {
  id: string;
  kind: "export" | "import" | string;
  wishes: Record<string, unknown>;
  state: "empty" | "waiting" | "running" | "done" | "failed" | "stopped";
  done: number;
  total: number;
  report: Record<string, unknown>;
  problem: string;
  asked_at: string;
  ended_at: string | null;
}

export interface ExportWish {
  format: string;
  since: string | null;
  reviewed_only: boolean;
  drills: boolean;
  pictures: boolean;
  network: boolean;
  exact_positions: boolean;
}

export interface ImportWish {
  source: string;
  station: string;
}

export const exchange = {
  jobs: async () => (await call<{ jobs: Job[] }>("GET", "/jobs")).jobs,
  export: (wish: ExportWish) => call<Job>("POST", "/exports", wish),
  import: (wish: ImportWish) => call<Job>("POST", "/imports", wish),
  stop: (id: string) => call<Job>("POST", `/jobs/${id}/stop`),
  fileAddress: (id: string) => `${ROOT}/jobs/${id}/file`,
};

/** Hand a file in, telling how far it is; a browser's own upload cannot tell. */
export function handIn(id: string, file: Blob, told: (share: number) => void): Promise<void> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", `${ROOT}/imports/${id}/file`);
    request.setRequestHeader("Content-Type", "application/zip");
    request.upload.onprogress = ({ loaded, total }) => told(total > 0 ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) done();
      else failed(new ServiceError(request.status, "refused", messageOf(request.responseText)));
    };
    request.onerror = () => failed(new ServiceError(0, "unreachable", "the connection broke"));
    request.send(file);
  });
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return text.slice(0, 200);
  }
}
