import { useState } from "preact/hooks";
import { Loading, Problem } from "../parts/notice";
import { useLoaded } from "../service/use_loaded";
import { words as all } from "./phrases";
import { people } from "./service";
import { Until } from "./until";

const words = all.tokens;
const SCOPES = [
  "alerts:read",
  "alerts:answer",
  "sightings:read",
  "samples:read",
  "stations:read",
  "map:read",
  "geofences:write",
  "quarantine:read",
  "people:invite",
  "ledger:read",
];

/** Which programs speak for whom, how to end that, and a new one. */
export function TokensScreen() {
  const { content, problem, reload } = useLoaded(people.list);
  const [wrong, setWrong] = useState<string | null>(null);
  if (content === null) return problem === null ? <Loading /> : <Problem message={problem} again={reload} />;
  const tokens = content.people.flatMap((owner) => owner.tokens.map((token) => ({ owner, token })));

  async function revoke(person: number, token: number): Promise<void> {
    try {
      await people.revoke(person, token);
      setWrong(null);
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
    reload();
  }

  return (
    <>
      <header class="screen-head"><h1>{words.title}</h1></header>
      <p class="quiet lead">{words.about}</p>
      {wrong !== null && <p class="form-problem" role="alert">{wrong}</p>}
      <NewToken made={reload} />
      {tokens.length === 0 ? (
        <p class="quiet">{words.none}</p>
      ) : (
        <div class="table-frame" tabIndex={0}>
          <table>
            <caption>{words.list}</caption>
            <thead>
              <tr>{Object.entries(words.columns).map(([key, name]) => <th key={key} scope="col">{name}</th>)}</tr>
            </thead>
            <tbody>
              {tokens.map(({ owner, token }) => (
                <tr key={token.id} data-testid="token-row">
                  <th scope="row">{owner.name}</th>
                  <td>{token.name}</td>
                  <td class="wide">{token.scopes.join(", ")}</td>
                  <td><Until at={token.expires_at} /></td>
                  <td>
                    <button type="button" aria-label={words.revokeName(token.name)} onClick={() => void revoke(owner.id, token.id)}>
                      {words.revoke}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function NewToken({ made }: { made(): void }) {
  const [name, setName] = useState("");
  const [days, setDays] = useState(365);
  const [scopes, setScopes] = useState<string[]>([]);
  const [token, setToken] = useState<string | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);

  async function make(): Promise<void> {
    if (scopes.length === 0) return setWrong(words.noScope);
    try {
      setToken((await people.makeToken({ name, scopes, days })).token);
      setWrong(null);
      made();
    } catch (error) {
      setWrong(error instanceof Error ? error.message : String(error));
    }
  }

  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      {wrong !== null && <p class="form-problem" role="alert">{wrong}</p>}
      <label class="wide-label">
        {words.name}
        <input required maxLength={80} value={name} data-testid="token-name" onInput={({ currentTarget }) => setName(currentTarget.value)} />
      </label>
      <fieldset class="choices">
        <legend>{words.scopes}</legend>
        {SCOPES.map((scope) => (
          <label key={scope}>
            <input
              type="checkbox"
              data-testid={`scope-${scope}`}
              checked={scopes.includes(scope)}
              onChange={({ currentTarget }) =>
                setScopes((known) => (currentTarget.checked ? [...known, scope] : known.filter((one) => one !== scope)))
              }
            />{" "}
            {scope}
          </label>
        ))}
      </fieldset>
      <label class="wide-label inline">
        {words.days}
        <input type="number" min={1} max={730} required value={days} onInput={({ currentTarget }) => setDays(currentTarget.valueAsNumber || 1)} />
      </label>
      <p class="actions"><button type="submit" data-testid="token-make">{words.make}</button></p>
      {token !== null && (
        <p role="status">
          {words.once} <code class="token-text" data-testid="token-text">{token}</code>
        </p>
      )}
    </form>
  );
}
