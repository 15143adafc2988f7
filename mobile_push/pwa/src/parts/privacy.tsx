// What the server knows of the person, shown and deleted; and their rough area, if they wish.
import { useEffect, useState } from "preact/hooks";

import type { PhraseKey } from "../shared/phrases";
import { ApiError, get } from "../state/api";
import { type SharedCell, shareCell, sharedCell, stopSharing } from "../state/cell";
import { deleteMe } from "../state/session";
import { language, nowMs, t } from "../state/state";
import { timeWords } from "../words";

export function Privacy() {
  return (
    <section class="bell" aria-labelledby="privacy-title">
      <h2 id="privacy-title">{t("privacy.title")}</h2>
      <p>{t("privacy.about")}</p>
      <Cell />
      <Known />
      <DeleteMe />
    </section>
  );
}

function Cell() {
  const [cell, setCell] = useState<SharedCell | null>(null);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  useEffect(() => void sharedCell().then(setCell, () => undefined), []);
  const isShared = cell?.expires_at != null;
  function change(work: Promise<SharedCell>): void {
    setProblem(null);
    work.then(setCell, (error: unknown) => setProblem(phraseOf(error)));
  }
  return (
    <>
      {isShared && (
        <p role="status" data-testid="cell-shared">
          {t("privacy.sharing", { time: timeWords(language.value, Date.parse(cell.expires_at!), nowMs.value) })}
        </p>
      )}
      <p class="problem" role="alert">
        {problem !== null && t(problem)}
      </p>
      <button
        class="button"
        type="button"
        data-testid={isShared ? "cell-stop" : "cell-share"}
        onClick={() => change(isShared ? stopSharing() : shareCell())}
      >
        {t(isShared ? "privacy.stop" : "privacy.share")}
      </button>
    </>
  );
}

function Known() {
  const [known, setKnown] = useState<Record<string, unknown> | null>(null);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  function show(): void {
    setProblem(null);
    get<Record<string, unknown>>("/me/data").then(setKnown, (error: unknown) => setProblem(phraseOf(error)));
  }
  return (
    <>
      <button class="button" type="button" data-testid="show-data" aria-expanded={known !== null} onClick={show}>
        {t("privacy.show")}
      </button>
      <p class="problem" role="alert">
        {problem !== null && t(problem)}
      </p>
      {known !== null && (
        <dl class="facts" data-testid="my-data">
          {Object.entries(known).map(([name, value]) => (
            <div key={name} class="facts__pair">
              <dt>{name in LABELS ? t(LABELS[name]!) : name.replaceAll("_", " ")}</dt>
              <dd>{valueWords(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** What is not here goes by the server's own, English name: nothing is left out. */
const LABELS: Record<string, PhraseKey> = {
  name: "join.name",
  language: "settings.language",
  follows: "settings.places",
  joined_at: "privacy.joined",
  phones: "privacy.phones",
  answers: "privacy.answers",
  reports: "privacy.reports",
  deliveries: "privacy.deliveries",
  cell: "privacy.cell",
};

function valueWords(value: unknown): string {
  if (value === null || value === "") return "–";
  if (Array.isArray(value)) return value.length === 0 ? "–" : value.map(valueWords).join(", ");
  return typeof value === "object" ? Object.values(value as object).join(" ") : String(value);
}

const SECOND_TAP_MS = 8_000;

function DeleteMe() {
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  useEffect(() => {
    if (!asked) return;
    const timer = setTimeout(() => setAsked(false), SECOND_TAP_MS);
    return () => clearTimeout(timer);
  }, [asked]);
  function tap(): void {
    if (!asked) return setAsked(true);
    deleteMe().catch((error: unknown) => setProblem(phraseOf(error)));
  }
  return (
    <>
      <button class={`button button--grave${asked ? " button--asked" : ""}`} type="button" data-testid="delete-me" onClick={tap}>
        {t(asked ? "privacy.delete.again" : "privacy.delete")}
      </button>
      <p class="problem" role="alert">
        {problem !== null && t(problem)}
      </p>
    </>
  );
}

function phraseOf(error: unknown): PhraseKey {
  if (error instanceof ApiError) return error.phrase;
  return error instanceof Error && error.message === "far" ? "privacy.far" : "map.me.failed";
}
