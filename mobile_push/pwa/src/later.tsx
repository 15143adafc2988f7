// Screens that nobody sees first come after the first one, so that the first one comes sooner.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

import { t } from "./state/state";

const fetches: (() => Promise<void>)[] = [];

/** A screen that comes when it is looked at, or before, when the phone has nothing else to do. */
export function later(load: () => Promise<FunctionComponent>): FunctionComponent {
  let Come: FunctionComponent | undefined;
  const fetched = async () => {
    Come ??= await load();
  };
  fetches.push(fetched);
  return function Later() {
    const [state, setState] = useState<"here" | "coming" | "failed">(Come ? "here" : "coming");
    useEffect(() => {
      if (state !== "coming") return;
      fetched().then(() => setState("here"), () => setState("failed"));
    }, []);
    useEffect(() => {
      // What had the focus was only standing in.
      if (document.activeElement === document.body) document.querySelector<HTMLElement>("main h1")?.focus();
    }, [state]);
    return Come && state === "here" ? <Come /> : <StandIn failed={state === "failed"} />;
  };
}

/** Fetch all of them, one by one, without hurry. */
export async function fetchTheRest(): Promise<void> {
  for (const fetched of fetches) await fetched().catch(() => undefined);
}

/** When the first view stands: what is fetched for later would share its link. */
export function whenIdle(work: () => void): void {
  const { requestIdleCallback } = window as { requestIdleCallback?: typeof window.requestIdleCallback };
  if (requestIdleCallback === undefined) setTimeout(work, 1_000);
  else requestIdleCallback(work, { timeout: 5_000 });
}

function StandIn({ failed }: { failed: boolean }) {
  return (
    <main class="screen" id="main">
      <h1 class="empty" tabIndex={-1}>
        {t(failed ? "error.offline" : "link.connecting")}
      </h1>
    </main>
  );
}
