// What a push says, read with distrust: an older or newer server may say less, more or nothing.
import { closestLanguage, type Language } from "../shared/languages";
import { say } from "./words";

export interface Notice {
  title: string;
  body: string;
  language: Language;
  tag: string | undefined;
  level: string;
  renotify: boolean;
  requireInteraction: boolean;
  actions: { action: string; title: string }[];
  url: string;
  deliveryId: string | undefined;
  ringId: string | undefined;
  alertId: string | undefined;
  token: string | undefined;
  capturedAt: number;
}

const HOME = "/app/";

export function readNotice(text: string, fallback: Language): Notice {
  const said = parsed(text);
  const language = typeof said.lang === "string" ? closestLanguage(said.lang) : fallback;
  const captured = Date.parse(textOf(said.captured_at) ?? "");
  return {
    title: textOf(said.title) ?? say(language, "push.unknown.title"),
    body: bodyOf(textOf(said.body), captured, language),
    language,
    tag: textOf(said.tag),
    level: textOf(said.level) ?? "warning",
    renotify: said.renotify === true,
    requireInteraction: said.require_interaction === true,
    actions: actionsOf(said.actions),
    url: ownUrl(textOf(said.url)),
    deliveryId: textOf(said.delivery_id),
    ringId: ringOf(textOf(said.delivery_id), said.ring),
    alertId: textOf(said.alert_id),
    token: textOf(said.token),
    capturedAt: Number.isNaN(captured) ? Date.now() : captured,
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** What rings again because nobody answered has another number; what was only pushed twice has not. */
function ringOf(deliveryId: string | undefined, ring: unknown): string | undefined {
  return deliveryId && typeof ring === "number" && ring > 1 ? `${deliveryId}/${ring}` : deliveryId;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function bodyOf(body: string | undefined, captured: number, language: Language): string {
  if (body === undefined) return say(language, "push.unknown.body");
  if (Number.isNaN(captured)) return body;
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  const time = new Intl.DateTimeFormat(language, clock).format(captured);
  return say(language, "push.at", { body, time });
}

function actionsOf(value: unknown): { action: string; title: string }[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one: unknown) => {
    const { action, title } = (one ?? {}) as Record<string, unknown>;
    return typeof action === "string" && typeof title === "string" ? [{ action, title }] : [];
  });
}

function ownUrl(url: string | undefined): string {
  // A notification opens this app and nothing else.
  const home = new URL(HOME, self.location.origin);
  try {
    const wanted = new URL(url ?? HOME, home);
    return wanted.origin === home.origin && wanted.pathname.startsWith(HOME) ? wanted.href : home.href;
  } catch {
    return home.href; // no address at all
  }
}
