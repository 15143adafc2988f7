import { Mark } from "../parts/mark";
import { phrases } from "../phrases";
import { service } from "../service/client";
import { useSession } from "./session_context";

/** A villager at the wrong door: the way to the right one. */
export function PhoneAppInstead() {
  const { leave } = useSession();
  return (
    <main class="door">
      <div class="door-card" data-testid="phone-app-instead">
        <Mark />
        <p>{phrases.signIn.villager}</p>
        <a class="primary" href="/app/">
          {phrases.signIn.toPhoneApp}
        </a>
        <button type="button" onClick={() => void service.signOut().then(leave, leave)}>
          {phrases.signIn.signOut}
        </button>
      </div>
    </main>
  );
}
