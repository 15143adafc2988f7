import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { Loading, Problem } from "./parts/notice";
import { useRoute } from "./routing";
import { ServiceError, service } from "./service/client";
import type { Session } from "./service/contract";
import { PhoneAppInstead } from "./session/phone_app_instead";
import { SessionContext, reaches } from "./session/session_context";
import { SignIn } from "./session/sign_in";
import { Workspace } from "./workspace";

/** Whether someone is signed in decides everything: sign-in or workspace. */
export function App() {
  const route = useRoute();
  const [session, setSession] = useState<Session | null | undefined>(undefined);
  const [problem, setProblem] = useState<string | null>(null);
  const leave = useCallback(() => setSession(null), []);

  const look = useCallback(() => {
    setProblem(null);
    service.session().then(setSession, (error: unknown) => {
      if (error instanceof ServiceError && error.status === 401) setSession(null);
      else setProblem(error instanceof Error ? error.message : String(error));
    });
  }, []);
  useEffect(look, [look]);

  const signedIn = useMemo(() => (session ? { ...session, leave } : null), [session, leave]);
  if (problem !== null) return <Problem message={problem} again={look} />;
  if (session === undefined) return <Loading />;
  if (signedIn === null || route.inviteCode !== null) {
    return <SignIn inviteCode={route.inviteCode ?? ""} entered={setSession} />;
  }
  return (
    <SessionContext.Provider value={signedIn}>
      {reaches(signedIn.person.role, "ranger") ? <Workspace route={route} /> : <PhoneAppInstead />}
    </SessionContext.Provider>
  );
}
