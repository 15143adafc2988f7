// Which places ring this person.
import { save } from "../shared/storage";
import type { Me } from "../shared/wire";
import { call } from "./api";
import { loadAlerts, loadMap } from "./session";
import { me } from "./state";

/** Follow these places and no others; what there is to see changes with them. */
export async function follow(ids: readonly number[]): Promise<void> {
  const said = await call("PUT", "/me/geofences", { geofence_ids: ids });
  const { geofences } = said as Pick<Me, "geofences">;
  if (me.value === null) return;
  me.value = { ...me.value, geofences };
  await save("me", me.value).catch(() => undefined);
  await Promise.allSettled([loadMap(), loadAlerts()]);
}
