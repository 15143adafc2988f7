// The site's file of map pictures on this phone: fetched whole, once, because links are weak.
import { signal } from "@preact/signals";

import { forgetSaved, save, saved } from "../shared/storage";
import type { SiteMap } from "../shared/wire";

type Offered = NonNullable<SiteMap["tiles"]>;

export const keptTiles = signal<{ name: string; blob: Blob } | null>(null);
/** How much of the file has come, 0 to 1; null while none is being fetched. */
export const fetching = signal<number | null>(null);

export async function openTiles(): Promise<void> {
  keptTiles.value = (await saved("tiles").catch(() => undefined)) ?? null;
}

/** Fetch the file; where the link breaks, go on from there when asked again. */
let parts: { name: string; chunks: Uint8Array<ArrayBuffer>[]; bytes: number } | null = null;

export async function keepTiles({ url, name, size_bytes }: Offered): Promise<void> {
  if (parts === null || parts.name !== name) parts = { name, chunks: [], bytes: 0 };
  fetching.value = parts.bytes / size_bytes;
  try {
    const headers: HeadersInit = parts.bytes > 0 ? { Range: `bytes=${parts.bytes}-` } : {};
    const response = await fetch(url, { headers });
    if (!response.ok || response.body === null) throw new Error(`the tiles answered ${response.status}`);
    if (response.status !== 206) Object.assign(parts, { chunks: [], bytes: 0 });
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.chunks.push(value);
      parts.bytes += value.byteLength;
      fetching.value = parts.bytes / size_bytes;
    }
    if (parts.bytes !== size_bytes) throw new Error("the tiles were cut short");
    const tiles = { name, blob: new Blob(parts.chunks) };
    await save("tiles", tiles);
    keptTiles.value = tiles;
    parts = null;
  } finally {
    fetching.value = null;
  }
}

export async function forgetTiles(): Promise<void> {
  await forgetSaved("tiles").catch(() => undefined);
  keptTiles.value = null;
}
