import type { Agreement } from "./contract";
import { findingsPhrases as words } from "./phrases";

/** How far readers agree beyond chance. */
export function AgreementPanel({ agreement }: { agreement: Agreement }) {
  return (
    <section class="panel" aria-labelledby="agreement" data-testid="agreement">
      <h2 id="agreement">{words.agreement}</h2>
      {agreement.pairs.length === 0 ? (
        <p class="quiet small">{words.noAgreement}</p>
      ) : (
        <>
          <p class="quiet small">{words.agreementAbout(agreement.events)}</p>
          <table>
            <thead>
              <tr>
                {words.pairColumns.map((name, index) => (
                  <th key={name} scope="col" class={index > 0 ? "number" : undefined}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {agreement.pairs.map(({ readers, events, agreed, kappa }) => (
                <tr key={readers.join()}>
                  <th scope="row">{readers.join(" · ")}</th>
                  <td class="number">{events}</td>
                  <td class="number">{words.percent(agreed)}</td>
                  <td class="number">{shown(kappa)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p>{words.fleiss(shown(agreement.fleiss_kappa))}</p>
        </>
      )}
    </section>
  );
}

function shown(kappa: number | null): string {
  return kappa === null ? words.undefined : kappa.toFixed(2);
}
