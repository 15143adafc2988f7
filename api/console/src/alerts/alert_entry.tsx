import { Evidence } from "../detections/evidence";
import { DrillBadge } from "../parts/badges";
import { direction, distance, phrases } from "../phrases";
import type { Alert, AlertAnswer, Delivery } from "../service/contract";
import { Ago, Moment } from "../time/moment";
import { isLapsed, isOpen } from "./rules";
import { LevelMark } from "./level_mark";

const words = phrases.alerts;

/** One alert with its proof: the picture, who was told, who answered. */
export function AlertEntry({ alert, now }: { alert: Alert; now: number }) {
  const state = isLapsed(alert, now) ? "lapsed" : alert.state;
  return (
    <li
      class={`alert ${alert.level} ${isOpen(alert, now) ? "open" : "closed"}`}
      data-testid="alert"
      data-alert-id={alert.id}
    >
      <div class="alert-picture">
        {alert.evidence && (
          <Evidence url={alert.evidence.url} animals={alert.evidence.animals} alt={words.evidence} labelSize={0.055} />
        )}
      </div>
      <div class="alert-facts">
        <h3>
          <LevelMark level={alert.level} /> {alert.geofence.name} {alert.simulated && <DrillBadge />}
        </h3>
        <p>
          <strong>{words.count(alert.count)}</strong>, {whereabouts(alert)}
          {alert.station && ` (${words.by(alert.station.name)})`}
        </p>
        <dl class="particulars">
          <dt>{words.sighting}</dt>
          <dd>
            <Moment at={alert.captured_at} now={now} />
          </dd>
          <dt>{words.raised}</dt>
          <dd>
            <Moment at={alert.raised_at} now={now} />
          </dd>
        </dl>
        <p>
          <a href={`#/map/${encodeURIComponent(alert.id)}`}>{words.onMap}</a>
        </p>
      </div>
      <div class="alert-people">
        <p>
          <span class={`alert-state ${state}`} data-testid="alert-state">
            {words.states[state] ?? state}
          </span>{" "}
          <span class="quiet">
            <Ago at={alert.changed_at} now={now} />
          </span>
        </p>
        {alert.escalated_at && (
          <p class="quiet" data-testid="alert-escalated">
            {words.escalated} <Ago at={alert.escalated_at} now={now} />
          </p>
        )}
        <Answers answers={alert.answers} now={now} />
        {alert.deliveries && alert.deliveries.length > 0 && <Deliveries deliveries={alert.deliveries} />}
      </div>
    </li>
  );
}

function whereabouts(alert: Alert): string {
  if (alert.distance_m <= 0) return words.inside;
  return words.away(distance(alert.distance_m), direction(alert.bearing_deg));
}

function Answers({ answers, now }: { answers: AlertAnswer[]; now: number }) {
  return (
    <>
      <h4>{words.answers}</h4>
      {answers.length === 0 && <p class="quiet">{words.noAnswers}</p>}
      <ul class="plain-list" data-testid="alert-answers">
        {answers.map(({ person, answer, answered_at }) => (
          <li key={`${person} ${answered_at}`}>
            <strong>{person}</strong> {words.answer[answer] ?? answer}{" "}
            <span class="quiet">
              <Ago at={answered_at} now={now} />
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Deliveries({ deliveries }: { deliveries: Delivery[] }) {
  return (
    <>
      <h4>{words.deliveries}</h4>
      <ul class="plain-list" data-testid="alert-deliveries">
        {deliveries.map((delivery, index) => (
          <li key={index}>
            {delivery.person}{" "}
            <span class="quiet">
              {delivery.channel.replaceAll("_", " ")}
              {delivery.occasion && `, ${delivery.occasion.replaceAll("_", " ")}`}
            </span>
            : {furthest(delivery)}
          </li>
        ))}
      </ul>
    </>
  );
}

/** The last thing known of a delivery on its way to a person's eyes. */
function furthest(delivery: Delivery): string {
  if (delivery.opened_at) return words.opened;
  if (delivery.shown_at) return words.shown;
  if (delivery.received_at) return words.received;
  return words.deliveryState[delivery.state] ?? delivery.state;
}
