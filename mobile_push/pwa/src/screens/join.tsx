import { useEffect, useRef, useState } from "preact/hooks";

import { Elephant } from "../parts/signs";
import { LanguageChoice } from "../parts/language";
import { go } from "../route";
import type { PhraseKey } from "../shared/phrases";
import { ApiError } from "../state/api";
import { join } from "../state/session";
import { t, trouble } from "../state/state";

export function JoinScreen({ code }: { code: string }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current !== null && code !== "") field.current.value = code;
  }, [code]);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = String(form.get("code")).trim();
    if (wanted === "") return setProblem("join.missing");
    setBusy(true);
    setProblem(null);
    try {
      await join(wanted, String(form.get("name")).trim());
      trouble.value = null;
      go("#/");
    } catch (error) {
      setProblem(error instanceof ApiError ? error.phrase : "error.server");
      field.current?.focus();
    } finally {
      setBusy(false);
    }
  }

  const said = problem ?? trouble.value;
  return (
    <main class="join" id="main">
      <div class="join__head">
        <Elephant />
        <h1>{t("app.name")}</h1>
        <p>{t("app.tagline")}</p>
      </div>
      <form class="form" aria-label={t("join.title")} onSubmit={(event) => void submit(event)} noValidate>
        <label class="field">
          <span>{t("join.code")}</span>
          <input
            ref={field}
            name="code"
            data-testid="invite-code"
            autocomplete="one-time-code"
            autocapitalize="none"
            spellcheck={false}
            aria-describedby="join-help"
            aria-invalid={problem === "join.unknown" || problem === "join.missing"}
          />
        </label>
        <p class="quiet" id="join-help">
          {t("join.help")}
        </p>
        <label class="field">
          <span>{t("join.name")}</span>
          <input name="name" data-testid="person-name" autocomplete="name" maxLength={80} />
        </label>
        <p class="problem" role="alert" data-testid="join-problem">
          {said !== null && t(said)}
        </p>
        <button class="button button--main" type="submit" disabled={busy} data-testid="join">
          {t(busy ? "join.busy" : "join.button")}
        </button>
      </form>
      <LanguageChoice />
    </main>
  );
}
