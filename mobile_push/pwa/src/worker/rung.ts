// Which deliveries have rung: a server that was killed between a push and its receipt pushes again.
import { save, saved } from "../shared/storage";

const REMEMBERED = 100;

/** Whether this delivery has rung before. A phone whose memory fails rings once too often, not once too little. */
export async function hasRung(deliveryId: string | undefined): Promise<boolean> {
  if (deliveryId === undefined) return false;
  const rung = await saved("rung").catch(() => undefined);
  return rung?.includes(deliveryId) ?? false;
}

export async function rememberRing(deliveryId: string | undefined): Promise<void> {
  if (deliveryId === undefined) return;
  const rung = (await saved("rung").catch(() => undefined)) ?? [];
  const others = rung.filter((one) => one !== deliveryId);
  await save("rung", [...others, deliveryId].slice(-REMEMBERED)).catch(() => undefined);
}
