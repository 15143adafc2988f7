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

const DISK_MAY_TAKE_MS = 4_000;

/** The phone's memory. Rejects where there is none, or while another page's upgrade or a stuck disk holds it. */
export function database(): Promise<IDBPDatabase<Schema>> {
  opened ??= inTime(open());
  return opened;
}

/** After that long, there is no memory for anybody until the disk does answer. */
function inTime(opening: Promise<IDBPDatabase<Schema>>): Promise<IDBPDatabase<Schema>> {
  opening.then(
    () => (opened = opening),
    () => (opened = undefined), // a full or busy disk may have room later
  );
  const late = new Promise<never>((_, reject) =>
    setTimeout(reject, DISK_MAY_TAKE_MS, new Error("the phone's memory does not answer")),
  );
  return Promise.race([opening, late]);
}

// Async, because some browsers throw at once where they keep nothing.
async function open(): Promise<IDBPDatabase<Schema>> {
  return openDB<Schema>("trunkline", 1, {
    upgrade(created) {
      created.createObjectStore("snapshots");
      created.createObjectStore("posts", { keyPath: "order", autoIncrement: true });
    },
    blocking(_current, _wanted, event) {
      // A newer version of the app wants to change the memory's shape: it must not wait for us.
      (event.target as IDBDatabase).close();
      opened = undefined;
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
