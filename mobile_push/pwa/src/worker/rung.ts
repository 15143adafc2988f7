// Which deliveries have rung: a server that was killed between a push and its receipt pushes again.
import { save, saved } from "../shared/storage";

const REMEMBERED = 100;

/** Whether this ring of a delivery was heard before. A phone whose memory fails rings once too often, not once too little. */
export async function hasRung(ringId: string | undefined): Promise<boolean> {
  if (ringId === undefined) return false;
  const rung = await saved("rung").catch(() => undefined);
  return rung?.includes(ringId) ?? false;
}

export async function rememberRing(ringId: string | undefined): Promise<void> {
  if (ringId === undefined) return;
  const rung = (await saved("rung").catch(() => undefined)) ?? [];
  const others = rung.filter((one) => one !== ringId);
  await save("rung", [...others, ringId].slice(-REMEMBERED)).catch(() => undefined);
}
