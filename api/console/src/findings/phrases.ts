/** Every text of the findings screen. */
import type { Moon, Season } from "./contract";

export const findingsPhrases = {
  title: "Findings",
  about: (events: number) =>
    `${events} events of elephants. One that readers rejected is left out; one that nobody has reviewed counts as the network says, unless you leave those out too.`,
  time: "Time",
  times: { 30: "30 days", 90: "90 days", 365: "a year", 1095: "three years" } as Record<number, string>,
  reviewedOnly: "Only reviewed events",
  drills: "With drills",
  csv: "CSV",
  csvOf: (what: string) => `Data as CSV: ${what}`,
  empty: "No elephants in this time",
  emptyAbout: "Choose a longer time, or include drills and events that nobody has reviewed.",
  activity: "Activity over the day",
  activityAbout: "Events by the hour in which they began, on the site's clock.",
  split: "Split by",
  splits: { none: "nothing", moon: "moon", season: "season" } as Record<string, string>,
  allEvents: "all events",
  hour: "hour",
  events: "events",
  moons: {
    dark: "moon under ¼ lit",
    half: "moon half lit",
    bright: "moon over ¾ lit",
  } as Record<Moon, string>,
  seasons: {
    dec_feb: "Dec–Feb",
    mar_may: "Mar–May",
    jun_aug: "Jun–Aug",
    sep_nov: "Sep–Nov",
  } as Record<Season, string>,
  weeks: "Events per camera and week",
  weeksAbout: "The darker, the more events; weeks begin on Monday.",
  cell: (camera: string, week: string, events: number) => `${camera}, week of ${week}: ${events}`,
  history: "Detection history",
  historyAbout: (days: number) =>
    `For occupancy models: did the camera see elephants in each ${days} days? Empty: it was not there all the time. Days on which a camera was blind are not taken out.`,
  historyShort: (days: number) => `The first ${days} days are not over yet.`,
  seen: "seen",
  unseen: "not seen",
  absent: "camera not there",
  paths: "Ways of herds",
  pathsAbout:
    "Herds that more than one event has seen; the newest point is largest. Exact positions: do not pass them on while the animals may be there.",
  herd: (id: number, points: number) => `herd ${id}: ${points} sightings`,
  agreement: "Agreement of readers",
  agreementAbout: (events: number) =>
    `Over ${events} events that more than one reader read, blind. Where nearly all events are of one kind, kappa is low although readers agree.`,
  noAgreement:
    "No event was read by two readers yet. A random share is offered to a second reader, blind; an operator sets how many.",
  fleiss: (kappa: string) => `Fleiss’ kappa of all readers: ${kappa}`,
  undefined: "not defined",
  pairColumns: ["Readers", "Events", "Agreed", "Cohen’s kappa"],
  percent: (share: number) => `${Math.round(share * 100)} %`,
  scale: (metres: number) => (metres < 1000 ? `${metres} m` : `${metres / 1000} km`),
};
