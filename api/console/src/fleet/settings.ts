/** A config as a form sees it: dotted keys, and only what differs from the station's own file. Pure. */
import type { FormField, Json, Settings } from "./contract";

export function valueAt(settings: Settings | undefined, key: string): Json | undefined {
  let below: Json | undefined = settings;
  for (const part of key.split(".")) {
    if (below === null || typeof below !== "object" || Array.isArray(below)) return undefined;
    below = below[part];
  }
  return below;
}

/** The settings with one key set, or taken out with `undefined`; tables that become empty go, too. */
export function withValue(settings: Settings, key: string, value: Json | undefined): Settings {
  const [first = "", ...rest] = key.split(".");
  const changed: Settings = { ...settings };
  if (rest.length === 0) {
    if (value === undefined) delete changed[first];
    else changed[first] = value;
    return changed;
  }
  const below = changed[first];
  const table = below !== null && typeof below === "object" && !Array.isArray(below) ? below : {};
  const inner = withValue(table as Settings, rest.join("."), value);
  if (Object.keys(inner).length === 0) delete changed[first];
  else changed[first] = inner;
  return changed;
}

/** What can be wished of another station, too: nothing that names cameras, which that one does not have. */
export function ofAnyStation({ cameras: _, profiles, ...others }: Settings): Settings {
  if (!Array.isArray(profiles)) return others;
  const kept = profiles.filter((profile) => valueAt(profile as Settings, "change.cameras") === undefined);
  return kept.length > 0 ? { ...others, profiles: kept } : others;
}

/** What a person typed, as a value; `undefined` for nothing typed. Throws a sentence if it cannot be. */
export function parsed(field: FormField, text: string): Json | undefined {
  const typed = text.trim();
  if (typed === "") return undefined;
  if (field.type === "boolean") return typed === "true";
  if (field.type === "string") return typed;
  if (field.type === "json") return JSON.parse(typed) as Json;
  const number = Number(typed);
  if (!Number.isFinite(number)) throw new Error(`${field.key}: ${typed} is no number`);
  return number;
}

export function written(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Fields by their table, in the form's order. */
export function grouped(fields: FormField[]): [table: string, fields: FormField[]][] {
  const groups = new Map<string, FormField[]>();
  for (const field of fields) {
    const table = field.key.includes(".") ? field.key.slice(0, field.key.indexOf(".")) : "other";
    groups.set(table, [...(groups.get(table) ?? []), field]);
  }
  return [...groups];
}
