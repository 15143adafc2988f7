import { type Language, LANGUAGES } from "../shared/phrases";
import { speak } from "../state/session";
import { language, t } from "../state/state";

export function LanguageChoice() {
  return (
    <fieldset class="choice">
      <legend>{t("settings.language")}</legend>
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <label key={tag} lang={tag} class="choice__one">
          <input
            type="radio"
            name="language"
            value={tag}
            data-testid={`language-${tag}`}
            checked={language.value === tag}
            onChange={() => void speak(tag as Language)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
