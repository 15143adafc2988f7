import { render } from "preact";

import { App } from "./app";
import { fetchTheRest, whenIdle } from "./later";
import { allowSound } from "./ring";
import { go } from "./route";
import { sendWaiting, showWaiting } from "./state/answers";
import { begin } from "./state/session";
import "./styles/base.css";
import "./styles/frame.css";
import "./styles/cards.css";
import "./styles/alert.css";
import "./styles/answers.css";
import "./styles/forms.css";
import "./styles/map.css";

/** The service worker keeps the app for bad days and hears the pushes; without https there is none. */
function awaken(): void {
  void navigator.serviceWorker?.register(`${import.meta.env.BASE_URL}sw.js`).catch(() => undefined);
}

function hearTheWorker(): void {
  navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data === "answered") void showWaiting();
    const { open } = (data ?? {}) as { open?: string };
    if (open?.startsWith("#/")) go(open);
  });
}

window.addEventListener("online", () => void sendWaiting());
window.addEventListener("click", allowSound, { capture: true });

const root = document.getElementById("app");
if (root !== null) render(<App />, root);
hearTheWorker();
void begin().finally(() => {
  if (import.meta.env.PROD) awaken();
  whenIdle(() => void fetchTheRest());
});
