import { useState } from "preact/hooks";
import { service } from "../service/client";
import type { Role } from "../service/contract";
import { useLoaded } from "../service/use_loaded";
import type { MadeInvite, OpenInvite } from "./contract";
import { words as all } from "./phrases";
import { QrPicture } from "./qr_picture";
import { people } from "./service";
import { Until } from "./until";

const words = all.invites;

/** An invitation is made, shown once, listed while it is open, and withdrawn. */
export function InvitePanel({ invites, reload }: { invites: OpenInvite[]; reload(): void }) {
  const [role, setRole] = useState<Role>("villager");
  const [uses, setUses] = useState(1);
  const [followed, setFollowed] = useState<number[]>([]);
  const [made, setMade] = useState<MadeInvite | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const map = useLoaded(service.map);
  const fences = map.content?.geofences.features ?? [];

  async function attempt(deed: () => Promise<void>): Promise<void> {
    try {
      await deed();
      setWrong(null);
      reload();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  const make = (event: Event) => {
    event.preventDefault();
    void attempt(async () => setMade(await people.invite({ role, uses, geofence_ids: followed })));
  };

  return (
    <section class="panel" aria-labelledby="invite-title">
      <h2 id="invite-title">{words.title}</h2>
      {wrong !== null && <p class="form-problem" role="alert">{wrong}</p>}
      <form class="actions stacked" onSubmit={make}>
        <label class="wide-label inline">
          {words.role}{" "}
          <select value={role} data-testid="invite-role" onChange={({ currentTarget }) => setRole(currentTarget.value as Role)}>
            {Object.entries(all.roles).map(([key, label]) => <option key={key} value={key}>{label}</option>)}
          </select>
        </label>
        <label class="wide-label inline">
          {words.uses}
          <input type="number" min={1} max={1000} required value={uses} data-testid="invite-uses" onInput={({ currentTarget }) => setUses(currentTarget.valueAsNumber || 1)} />
        </label>
        <fieldset class="choices">
          <legend>{words.fences} <span class="quiet small">{words.every}</span></legend>
          {fences.map(({ properties: { id, name } }) => (
            <label key={id}>
              <input
                type="checkbox"
                checked={followed.includes(Number(id))}
                onChange={({ currentTarget }) =>
                  setFollowed((known) => (currentTarget.checked ? [...known, Number(id)] : known.filter((one) => one !== Number(id))))
                }
              />{" "}
              {name}
            </label>
          ))}
        </fieldset>
        <p><button type="submit" data-testid="invite-make">{words.make}</button></p>
      </form>
      {made !== null && <Made invite={made} />}
      <h3>{words.open}</h3>
      {invites.length === 0 && <p class="quiet">{words.none}</p>}
      <ul class="change-list">
        {invites.map((invite) => (
          <li key={invite.id} data-testid="open-invite">
            <div>
              <strong>{all.roles[invite.role]}</strong>, {words.left(invite.uses_left)}, {words.until} <Until at={invite.expires_at} />
            </div>
            <button
              type="button"
              aria-label={words.withdrawName(all.roles[invite.role], invite.id.slice(0, 4))}
              onClick={() => void attempt(() => people.withdraw(invite.id))}
            >
              {words.withdraw}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Made({ invite }: { invite: MadeInvite }) {
  const [copied, setCopied] = useState(false);
  return (
    <div class="invite-made" data-testid="invite-made" role="status">
      <QrPicture rows={invite.qr} label={words.picture} />
      <div>
        <p class="invite-code"><code>{invite.invite_code}</code></p>
        <p><code>{invite.url}</code></p>
        <p>{words.made(all.roles[invite.role], invite.uses_left)}</p>
        <p class="actions">
          <button type="button" onClick={() => void navigator.clipboard.writeText(invite.url).then(() => setCopied(true), () => setCopied(false))}>
            {words.copy}
          </button>
          {copied && words.copied}
        </p>
      </div>
    </div>
  );
}
