// What the phone keeps: the last news, to be read without a signal, and what it still has to say.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import type { Alert, Answer, Me, SiteMap } from "./wire";

/** One thing to tell the server. Its id makes a second telling harmless. */
export interface Post {
  order?: number;
  id: string;
  kind: "answer" | "receipt" | "report";
  method?: "POST" | "PUT" | "DELETE";
  url: string;
  body: Record<string, unknown>;
  alertId?: string;
  answer?: Answer;
  /** Whose word it is: a phone that changes hands does not speak for the one before. */
  personId?: string;
  keptAt?: number;
}

/** What came by push, so that the app can say that it was opened. */
export interface Pushed {
  alertId: string;
  deliveryId: string;
  token: string;
}

interface Snapshots {
  me: Me;
  alerts: { alerts: Alert[]; savedAt: number };
  map: SiteMap;
  language: string;
  rung: string[]; // ids of deliveries
  pushed: Pushed[];
  provedAt: number; // when a push last came to this phone, by its own clock
  bellWanted: boolean;
  fromMe: boolean; // whether alerts are measured from where the phone is
  readAloud: boolean;
  tiles: { name: string; blob: Blob };
}

interface Schema extends DBSchema {
  snapshots: { key: keyof Snapshots; value: Snapshots[keyof Snapshots] };
  posts: { key: number; value: Post };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= open().catch((error: unknown) => {
    opened = undefined; // a full or busy disk may have room later
    throw error;
  });
  return opened;
}

function open(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>("trunkline", 1, {
    upgrade(created) {
      created.createObjectStore("snapshots");
      created.createObjectStore("posts", { keyPath: "order", autoIncrement: true });
    },
    terminated() {
      opened = undefined;
    },
  });
}

export async function save<K extends keyof Snapshots>(key: K, value: Snapshots[K]): Promise<void> {
  await (await database()).put("snapshots", value, key);
}

export async function saved<K extends keyof Snapshots>(key: K): Promise<Snapshots[K] | undefined> {
  return (await (await database()).get("snapshots", key)) as Snapshots[K] | undefined;
}

export async function forgetSaved(key: keyof Snapshots): Promise<void> {
  await (await database()).delete("snapshots", key);
}

const PERSONAL = ["me", "alerts", "map", "pushed", "provedAt", "bellWanted", "fromMe"] as const;

/** Nothing of one person stays on the phone for the next. */
export async function forgetEverything(): Promise<void> {
  const db = await database();
  await Promise.all([db.clear("posts"), ...PERSONAL.map((key) => db.delete("snapshots", key))]);
}
