import { isDraft, LANGUAGES, nameOf } from "../shared/languages";
import { speak } from "../state/session";
import { language, t } from "../state/state";

export function LanguageChoice() {
  return (
    <fieldset class="choice">
      <legend>{t("settings.language")}</legend>
      {LANGUAGES.map((tag) => (
        <label key={tag} lang={tag} class="choice__one">
          <input
            type="radio"
            name="language"
            value={tag}
            data-testid={`language-${tag}`}
            checked={language.value === tag}
            onChange={() => void speak(tag)}
          />
          <span>{nameOf(tag)}</span>
        </label>
      ))}
      {isDraft(language.value) && (
        <p class="choice__wide quiet" data-testid="draft">
          {t("settings.drafted")}
        </p>
      )}
    </fieldset>
  );
}
