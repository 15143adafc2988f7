import { useState } from "preact/hooks";
import type { FormField, Json, Settings } from "./contract";
import { words as all } from "./phrases";
import { fleet } from "./service";
import { grouped, parsed, valueAt, withValue, written } from "./settings";

const words = all.config;

interface ConfigFormProps {
  station: string;
  fields: FormField[];
  wished: Settings;
  before: Settings;
  effective: Settings | undefined;
  done(): void;
}

/** A form made of the config's schema, each field with its meaning. */
export function ConfigForm({ station, fields, wished, before, effective, done }: ConfigFormProps) {
  const [settings, setSettings] = useState(wished);
  const [note, setNote] = useState("");
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [said, setSaid] = useState<string | null>(null);
  const problems = Object.values(wrong);
  const isSame = JSON.stringify(settings) === JSON.stringify(before);

  function changed(field: FormField, text: string): void {
    const { [field.key]: _, ...others } = wrong;
    try {
      setSettings(withValue(settings, field.key, parsed(field, text)));
      setWrong(others);
    } catch (error) {
      setWrong({ ...others, [field.key]: error instanceof Error ? error.message : String(error) });
    }
  }

  async function wish(event: Event): Promise<void> {
    event.preventDefault();
    try {
      const config = await fleet.wish(station, settings, note);
      setSaid(words.wished(config.desired?.version ?? 0));
      setNote("");
      done();
    } catch (error) {
      setSaid(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form class="panel config-form" onSubmit={(event) => void wish(event)} data-testid="config-form">
      {grouped(fields).map(([table, each]) => (
        <fieldset key={table}>
          <legend>{words.tables[table] ?? table}</legend>
          {each.map((field) => (
            <Field
              key={field.key}
              field={field}
              value={valueAt(wished, field.key)}
              counts={valueAt(effective, field.key) ?? field.default}
              problem={wrong[field.key]}
              changed={(text) => changed(field, text)}
            />
          ))}
        </fieldset>
      ))}
      <label class="wide-label">
        {words.note}
        <input value={note} maxLength={300} onInput={(event) => setNote(event.currentTarget.value)} data-testid="config-note" />
      </label>
      {problems.length > 0 && (
        <p class="form-problem" role="alert">{words.problems}: {problems.join("; ")}</p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={isSame || problems.length > 0} data-testid="config-wish">
          {words.wish}
        </button>
        <a href={`#/fleet/rollouts/${encodeURIComponent(station)}`}>{words.rollOut}</a>
        <span role="status" data-testid="config-said">{said ?? (isSame ? words.same : "")}</span>
      </p>
    </form>
  );
}

function limits(field: FormField): { min?: number; max?: number } {
  const [min, max] = [field.minimum ?? field.exclusiveMinimum, field.maximum ?? field.exclusiveMaximum];
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

interface FieldProps {
  field: FormField;
  value: Json | undefined;
  counts: Json | undefined;
  problem: string | undefined;
  changed(text: string): void;
}

function Field({ field, value, counts, problem, changed }: FieldProps) {
  const id = `config-${field.key}`;
  const shared = {
    id,
    "aria-describedby": `${id}-about`,
    "aria-invalid": problem !== undefined,
    "data-testid": id,
  };
  const typed = {
    defaultValue: written(value),
    placeholder: written(counts),
    onInput: (event: { currentTarget: HTMLInputElement }) => changed(event.currentTarget.value),
  };
  return (
    <div class="config-field">
      <label for={id}>{field.key.split(".").at(-1)}</label>
      {field.type === "boolean" ? (
        <select {...shared} defaultValue={written(value)} onChange={(event) => changed(event.currentTarget.value)}>
          <option value="">({written(counts)})</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : field.type === "json" ? (
        <textarea
          {...shared}
          rows={value === undefined ? 1 : 6}
          defaultValue={value === undefined ? "" : JSON.stringify(value, null, 1)}
          placeholder={written(counts).slice(0, 120)}
          onInput={(event) => changed(event.currentTarget.value)}
        />
      ) : field.type === "string" ? (
        <input {...shared} {...typed} type="text" />
      ) : (
        <input {...shared} {...typed} {...limits(field)} type="number" step={field.type === "integer" ? 1 : "any"} />
      )}
      <p id={`${id}-about`} class="quiet small">{field.meaning}</p>
    </div>
  );
}
