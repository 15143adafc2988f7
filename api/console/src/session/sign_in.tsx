import { useState } from "preact/hooks";
import { Mark } from "../parts/mark";
import { phrases } from "../phrases";
import { service } from "../service/client";
import type { Session } from "../service/contract";

interface SignInProps {
  inviteCode: string;
  entered(session: Session): void;
}

/** The door: a name and password, or an invite code and a name for the answers' record. */
export function SignIn({ inviteCode, entered }: SignInProps) {
  const [byPassword, setByPassword] = useState(inviteCode === "");
  const [code, setCode] = useState(inviteCode);
  const [password, setPassword] = useState("");
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const session = byPassword
        ? await service.signInByPassword(name.trim(), password)
        : await service.signIn(code.trim(), name.trim());
      window.location.hash = "#/detections"; // the code need not stay in the address
      entered(session);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
      setBusy(false);
    }
  }

  return (
    <main class="door">
      <form class="door-card" onSubmit={submit} data-testid="sign-in" aria-labelledby="sign-in-title">
        <Mark />
        <h1 id="sign-in-title">{phrases.signIn.title}</h1>
        <p class="quiet">{byPassword ? phrases.signIn.aboutPassword : phrases.signIn.about}</p>
        {!byPassword && (
          <>
            <label for="invite-code">{phrases.signIn.code}</label>
            <input
              id="invite-code"
              data-testid="invite-code"
              autocomplete="one-time-code"
              spellcheck={false}
              required
              autofocus={!inviteCode}
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          </>
        )}
        <label for="person-name">{byPassword ? phrases.signIn.username : phrases.signIn.name}</label>
        <input
          id="person-name"
          data-testid="person-name"
          autocomplete={byPassword ? "username" : "name"}
          spellcheck={false}
          required={byPassword}
          maxLength={80}
          autofocus={byPassword || inviteCode !== ""}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          aria-describedby={byPassword ? undefined : "person-name-about"}
        />
        {byPassword ? (
          <>
            <label for="password">{phrases.signIn.password}</label>
            <input
              id="password"
              data-testid="password"
              type="password"
              autocomplete="current-password"
              required
              maxLength={200}
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
            />
          </>
        ) : (
          <p id="person-name-about" class="quiet small">
            {phrases.signIn.nameAbout}
          </p>
        )}
        {problem !== null && (
          <p class="form-problem" role="alert" data-testid="sign-in-problem">
            {problem}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy} data-testid="sign-in-submit">
          {busy ? phrases.signIn.busy : phrases.signIn.submit}
        </button>
        <button
          type="button"
          data-testid="sign-in-other-way"
          onClick={() => {
            setByPassword(!byPassword);
            setProblem(null);
          }}
        >
          {byPassword ? phrases.signIn.byCode : phrases.signIn.byPassword}
        </button>
      </form>
    </main>
  );
}
