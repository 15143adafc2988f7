// Which deliveries have rung: a server that was killed between a push and its receipt pushes again.
import { save, saved } from "../shared/storage";

const REMEMBERED = 100;

/** What rang since this worker awoke: known at once, even where the disk says nothing. */
const lately = new Set<string>();

export async function everRung(): Promise<readonly string[]> {
  return (await saved("rung").catch(() => undefined)) ?? [];
}

/** Whether this ring of a delivery was heard before. A phone whose memory fails rings once too often, not once too little. */
export function hasRung(ringId: string | undefined, ever: readonly string[]): boolean {
  return ringId !== undefined && (lately.has(ringId) || ever.includes(ringId));
}

export async function rememberRing(ringId: string | undefined): Promise<void> {
  if (ringId === undefined) return;
  lately.add(ringId);
  // Together with those that came at the same moment: each writes the whole list.
  const others = (await everRung()).filter((one) => !lately.has(one));
  await save("rung", [...others, ...lately].slice(-REMEMBERED)).catch(() => undefined);
}
