import type { JSX } from "preact";
import { Empty } from "../parts/notice";
import { reaches, useSession } from "../session/session_context";
import { AuditScreen } from "./audit_screen";
import { CertificatesScreen } from "./certificates_screen";
import { words } from "./phrases";
import { TokensScreen } from "./tokens_screen";
import { UsersScreen } from "./users_screen";

type Page = keyof typeof words.pages;

const SHOWN: Record<Page, (now: number) => JSX.Element> = {
  users: (now) => <UsersScreen now={now} />,
  tokens: () => <TokensScreen />,
  audit: (now) => <AuditScreen now={now} />,
  certificates: (now) => <CertificatesScreen now={now} />,
};

/** The administrators' pages, side by side. */
export function PeopleDesk({ page, now }: { page: string | null; now: number }) {
  const { person } = useSession();
  if (!reaches(person.role, "administrator")) return <Empty title={words.notForYou} about={words.notForYouAbout} />;
  const pages = Object.keys(words.pages) as Page[];
  const shown = pages.find((name) => name === page) ?? "users";
  return (
    <div class="fleet-desk">
      <nav aria-label={words.navigation} class="desk-pages">
        {pages.map((name) => (
          <a key={name} href={`#/people/${name}`} aria-current={name === shown ? "page" : undefined} data-testid={`people-${name}`}>
            {words.pages[name]}
          </a>
        ))}
      </nav>
      <div class="screen">{SHOWN[shown](now)}</div>
    </div>
  );
}
