import { useEffect, useRef, useState } from "preact/hooks";

import { Elephant } from "../parts/signs";
import { LanguageChoice } from "../parts/language";
import { go } from "../route";
import type { PhraseKey } from "../shared/phrases";
import { ApiError } from "../state/api";
import { join, signIn } from "../state/session";
import { t, trouble } from "../state/state";

export function JoinScreen({ code }: { code: string }) {
  const [byPassword, setByPassword] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current !== null && code !== "") field.current.value = code;
  }, [code]);

  async function submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = String(form.get(byPassword ? "password" : "code")).trim();
    const name = String(form.get("name")).trim();
    if (wanted === "") return setProblem(byPassword ? "join.missing_password" : "join.missing");
    setBusy(true);
    setProblem(null);
    try {
      await (byPassword ? signIn(name, wanted) : join(wanted, name));
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
        {!byPassword && (
          <>
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
          </>
        )}
        <label class="field">
          <span>{t(byPassword ? "join.username" : "join.name")}</span>
          <input
            name="name"
            data-testid="person-name"
            autocomplete={byPassword ? "username" : "name"}
            autocapitalize={byPassword ? "none" : "words"}
            maxLength={80}
          />
        </label>
        {byPassword && (
          <label class="field">
            <span>{t("join.password")}</span>
            <input
              ref={field}
              name="password"
              type="password"
              data-testid="password"
              autocomplete="current-password"
              maxLength={200}
              aria-invalid={problem === "join.wrong" || problem === "join.missing_password"}
            />
          </label>
        )}
        <p class="problem" role="alert" data-testid="join-problem">
          {said !== null && t(said)}
        </p>
        <button class="button button--main" type="submit" disabled={busy} data-testid="join">
          {t(busy ? "join.busy" : "join.button")}
        </button>
        <button
          class="button"
          type="button"
          data-testid="join-other-way"
          onClick={() => {
            setByPassword(!byPassword);
            setProblem(null);
          }}
        >
          {t(byPassword ? "join.by_code" : "join.by_password")}
        </button>
      </form>
      <LanguageChoice />
    </main>
  );
}
