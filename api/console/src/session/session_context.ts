import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Person, Role, Site } from "../service/contract";

export interface SignedIn {
  person: Person;
  site: Site;
  /** Back to the sign-in: the person left, or the server no longer knows the session. */
  leave(): void;
}

export const SessionContext = createContext<SignedIn | null>(null);

/** Who is signed in, and the site they work for. */
export function useSession(): SignedIn {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession belongs below the sign-in");
  return session;
}

const RANKS: Role[] = ["villager", "ranger", "researcher", "operator", "administrator"];

/** Whether a role may do what the wanted role may do. */
export function reaches(role: Role, wanted: Role): boolean {
  return RANKS.indexOf(role) >= RANKS.indexOf(wanted);
}
