// For rangers: whom nobody could ring tonight.
import { useEffect, useState } from "preact/hooks";

import type { PhraseKey } from "../shared/phrases";
import type { Reach, ReachList } from "../shared/wire";
import { ApiError, get } from "../state/api";
import { language, nowMs, t } from "../state/state";
import { agoWords } from "../words";

/** The worst first: they are whom somebody has to visit. */
const ORDER: Reach[] = ["none", "gone", "missed", "unproved", "proved"];

export function ReachScreen() {
  const [list, setList] = useState<ReachList | null>(null);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  useEffect(() => {
    get<ReachList>("/reach").then(setList, (error: unknown) =>
      setProblem(error instanceof ApiError ? error.phrase : "error.server"),
    );
  }, []);
  return (
    <main class="screen" id="main">
      <h1 class="title" tabIndex={-1}>
        {t("reach.title")}
      </h1>
      <p class="problem" role="alert">
        {problem !== null && t(problem)}
      </p>
      {list !== null &&
        ORDER.filter((reach) => list.counts[reach] > 0).map((reach) => (
          <section key={reach} data-testid={`reach-${reach}`}>
            <h2 class="heading">
              {t(`reach.${reach}`)}: {list.counts[reach]}
            </h2>
            <ul class="places">
              {list.people
                .filter((person) => person.reach === reach)
                .map((person) => (
                  <Person key={person.id} person={person} />
                ))}
            </ul>
          </section>
        ))}
    </main>
  );
}

function Person({ person }: { person: ReachList["people"][number] }) {
  const reached = person.bells
    .map((bell) => bell.last_reached_at)
    .filter((at): at is string => at !== null)
    .sort()
    .at(-1);
  const said = reached && agoWords(language.value, Date.parse(reached), nowMs.value);
  return (
    <li class="reach">
      <strong>{person.name}</strong>
      <span class="quiet">{said ?? t("ring.reached.never")}</span>
    </li>
  );
}
