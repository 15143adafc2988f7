import { useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import type { Role } from "../service/contract";
import { useEvery, useLoaded } from "../service/use_loaded";
import { Moment } from "../time/moment";
import type { SitePerson } from "./contract";
import { InvitePanel } from "./invite_panel";
import { words as all } from "./phrases";
import { people } from "./service";

const words = all.users;

/** Who belongs to the site, what each may, and the way in for others. */
export function UsersScreen({ now }: { now: number }) {
  const { content, problem, reload } = useLoaded(people.list);
  const [said, setSaid] = useState("");
  const [wrong, setWrong] = useState<string | null>(null);
  useEvery(30_000, reload);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;

  async function act(name: string, deed: Promise<void>): Promise<void> {
    try {
      await deed;
      setSaid(words.changed(name));
      setWrong(null);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
    reload(); // after a refusal too: what is shown is what counts
  }

  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      {wrong !== null && <p class="form-problem" role="alert">{wrong}</p>}
      <p class="quiet small" role="status" data-testid="people-said">{said}</p>
      <div class="table-frame" tabIndex={0}>
        <table data-testid="people">
          <caption>{words.title}</caption>
          <thead>
            <tr>
              {Object.entries(words.columns).map(([key, name]) => <th key={key} scope="col">{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {content.people.map((person) => (
              <PersonRow key={person.id} person={person} now={now} act={(deed) => void act(person.name, deed)} />
            ))}
          </tbody>
        </table>
      </div>
      <InvitePanel invites={content.invites} reload={reload} />
    </>
  );
}

function PersonRow({ person, now, act }: { person: SitePerson; now: number; act(deed: Promise<void>): void }) {
  const { id, name } = person;
  return (
    <tr data-testid="person-row">
      <th scope="row">
        {name} {person.is_you && <span class="quiet small">{words.you}</span>}
      </th>
      <td>
        {person.is_you ? (
          all.roles[person.role]
        ) : (
          <select
            aria-label={words.roleOf(name)}
            data-testid={`role-${id}`}
            value={person.role}
            onChange={({ currentTarget }) => act(people.change(id, { role: currentTarget.value as Role }))}
          >
            {Object.entries(all.roles).map(([role, label]) => <option key={role} value={role}>{label}</option>)}
          </select>
        )}
      </td>
      <td>
        {person.username ?? words.byInvite}
        <span class="block small quiet">
          {person.locked_at === null ? words.browsers(person.browsers) : <strong class="trouble">{words.locked}</strong>}
        </span>
      </td>
      <td class="number">{person.phones}</td>
      <td><Moment at={person.joined_at} now={now} /></td>
      <td>
        {!person.is_you && (
          <span class="actions">
            {person.locked_at === null ? (
              <button
                type="button"
                aria-label={words.lockName(name)}
                data-testid={`lock-${id}`}
                onClick={() => window.confirm(words.sureLock(name)) && act(people.change(id, { locked: true }))}
              >
                {words.lock}
              </button>
            ) : (
              <button type="button" aria-label={words.unlockName(name)} data-testid={`unlock-${id}`} onClick={() => act(people.change(id, { locked: false }))}>
                {words.unlock}
              </button>
            )}
            <button
              type="button"
              aria-label={words.forgetName(name)}
              data-testid={`forget-${id}`}
              onClick={() => window.confirm(words.sureForget(name)) && act(people.forget(id))}
            >
              {words.forget}
            </button>
          </span>
        )}
      </td>
    </tr>
  );
}
