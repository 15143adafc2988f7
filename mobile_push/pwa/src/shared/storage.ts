// What the phone keeps: the last news, to be read without a signal, and what it still has to say.
import { type DBSchema, type IDBPDatabase, openDB } from "idb";

import type { Answer, Me, SiteMap, Alert } from "./wire";

/** One thing to tell the server. Its id makes a second telling harmless. */
export interface Post {
  order?: number;
  id: string;
  kind: "answer" | "receipt";
  url: string;
  body: Record<string, unknown>;
  alertId?: string;
  answer?: Answer;
}

interface Snapshots {
  me: Me;
  alerts: { alerts: Alert[]; savedAt: number };
  map: SiteMap;
  language: string;
  rung: string[]; // ids of deliveries
}

interface Schema extends DBSchema {
  snapshots: { key: keyof Snapshots; value: Snapshots[keyof Snapshots] };
  posts: { key: number; value: Post };
}

let opened: Promise<IDBPDatabase<Schema>> | undefined;

export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= openDB<Schema>("trunkline", 1, {
    upgrade(created) {
      created.createObjectStore("snapshots");
      created.createObjectStore("posts", { keyPath: "order", autoIncrement: true });
    },
  });
  return opened;
}

export async function save<K extends keyof Snapshots>(key: K, value: Snapshots[K]): Promise<void> {
  await (await database()).put("snapshots", value, key);
}

export async function saved<K extends keyof Snapshots>(key: K): Promise<Snapshots[K] | undefined> {
  return (await (await database()).get("snapshots", key)) as Snapshots[K] | undefined;
}

/** Nothing of one person stays on the phone for the next. */
export async function forgetEverything(): Promise<void> {
  const db = await database();
  await Promise.all([db.clear("posts"), db.delete("snapshots", "me")]);
  await Promise.all([db.delete("snapshots", "alerts"), db.delete("snapshots", "map")]);
}
