import { useState } from "preact/hooks";
import { Mark } from "../parts/mark";
import { phrases } from "../phrases";
import { service } from "../service/client";
import type { Session } from "../service/contract";

interface SignInProps {
  inviteCode: string;
  entered(session: Session): void;
}

/** The door: an invite code, and a name for the answers' record. */
export function SignIn({ inviteCode, entered }: SignInProps) {
  const [code, setCode] = useState(inviteCode);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const session = await service.signIn(code.trim(), name.trim());
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
        <p class="quiet">{phrases.signIn.about}</p>
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
        <label for="person-name">{phrases.signIn.name}</label>
        <input
          id="person-name"
          data-testid="person-name"
          autocomplete="name"
          maxLength={80}
          autofocus={inviteCode !== ""}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          aria-describedby="person-name-about"
        />
        <p id="person-name-about" class="quiet small">
          {phrases.signIn.nameAbout}
        </p>
        {problem !== null && (
          <p class="form-problem" role="alert" data-testid="sign-in-problem">
            {problem}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy} data-testid="sign-in-submit">
          {busy ? phrases.signIn.busy : phrases.signIn.submit}
        </button>
      </form>
    </main>
  );
}
