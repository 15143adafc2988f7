// "I see elephants": count, direction, place, photo. Kept on the phone first; no signal is needed.
import { useEffect, useRef, useState } from "preact/hooks";

import type { Chart } from "../map/chart";
import { Compass, Elephants } from "../parts/signs";
import { useChart } from "../parts/use_chart";
import { smallPhoto } from "../photo";
import type { PhraseKey } from "../shared/phrases";
import type { Heading } from "../shared/wire";
import { follow, here, looking, type Place } from "../state/place";
import { report } from "../state/reports";
import { language, siteMap, t, waiting } from "../state/state";
import { countWords, distanceWords } from "../words";

const COUNTS = [1, 2, 3, 5, 10, 20];
/** How well a finger hits a map of a valley. */
const TAP_ACCURACY_M = 150;

export function ReportScreen() {
  const [count, setCount] = useState(1);
  const [heading, setHeading] = useState<Heading | null>(null);
  const [photo, setPhoto] = useState<string | null>(null);
  const [tapped, setTapped] = useState<Place | null>(null);
  const [problem, setProblem] = useState<PhraseKey | null>(null);
  const [kept, setKept] = useState(false);
  const place = tapped ?? here.value;

  async function send(): Promise<void> {
    if (place === null) return setProblem("report.no_place");
    setProblem(null);
    await report({ count, heading, place, photo });
    setKept(true);
  }

  if (kept) return <Kept again={() => setKept(false)} />;
  return (
    <main class="screen" id="main">
      <h1 class="title" tabIndex={-1}>
        {t("report.title")}
      </h1>
      <p class="quiet">{t("report.about")}</p>
      <Counts count={count} choose={setCount} />
      <Where place={place} tapped={tapped} choose={setTapped} />
      <Headings heading={heading} choose={setHeading} />
      <Photo photo={photo} choose={setPhoto} onProblem={setProblem} />
      <p class="problem" role="alert" data-testid="report-problem">
        {problem !== null && t(problem)}
      </p>
      <button class="button button--main report__send" type="button" data-testid="report-send" onClick={() => void send()}>
        {t("report.send")}
      </button>
    </main>
  );
}

function Kept({ again }: { again: () => void }) {
  const isWaiting = waiting.value.some((post) => post.kind === "report");
  return (
    <main class="screen" id="main">
      <div class="empty" role="status" data-testid="report-kept" data-sent={!isWaiting}>
        <Elephants count={1} />
        <h1 class="empty__title" tabIndex={-1}>
          {t(isWaiting ? "report.kept" : "report.sent")}
        </h1>
        <p>{t("report.stay_away")}</p>
      </div>
      <button class="button" type="button" data-testid="report-again" onClick={again}>
        {t("report.again")}
      </button>
    </main>
  );
}

function Counts({ count, choose }: { count: number; choose: (count: number) => void }) {
  return (
    <fieldset class="choice choice--counts">
      <legend>{t("report.count")}</legend>
      {COUNTS.map((one) => (
        <label key={one} class="choice__one">
          <input
            class="unseen"
            type="radio"
            name="count"
            data-testid={`count-${one}`}
            aria-label={countWords(language.value, one)}
            checked={count === one}
            onChange={() => choose(one)}
          />
          <span class="choice__number" aria-hidden="true">
            {one}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

const HEADINGS: (Heading | null)[] = ["nw", "n", "ne", "w", null, "e", "sw", "s", "se"];

function Headings({ heading, choose }: { heading: Heading | null; choose: (one: Heading | null) => void }) {
  return (
    <fieldset class="choice choice--compass">
      <legend>{t("report.heading")}</legend>
      {HEADINGS.map((one) => (
        <label key={one ?? "none"} class="choice__one">
          <input
            class="unseen"
            type="radio"
            name="heading"
            data-testid={`heading-${one ?? "none"}`}
            aria-label={t(one === null ? "report.heading.none" : `direction.${one}`)}
            checked={heading === one}
            onChange={() => choose(one)}
          />
          {one === null ? <span aria-hidden="true">?</span> : <Compass heading={one} />}
        </label>
      ))}
    </fieldset>
  );
}

interface WhereProps {
  place: Place | null;
  tapped: Place | null;
  choose: (place: Place | null) => void;
}

function Where({ place, tapped, choose }: WhereProps) {
  const [onMap, setOnMap] = useState(false);
  function byReceiver(): void {
    choose(null);
    setOnMap(false);
    follow();
  }
  return (
    <fieldset class="choice choice--where">
      <legend>{t("report.where")}</legend>
      <button class="button" type="button" data-testid="place-here" aria-pressed={tapped === null && place !== null} onClick={byReceiver}>
        {t("report.here")}
      </button>
      <button class="button" type="button" data-testid="place-map" aria-pressed={tapped !== null} onClick={() => setOnMap(true)}>
        {t("report.on_map")}
      </button>
      {onMap && <PickMap place={place} choose={choose} />}
      <p class="choice__wide quiet" role="status" data-testid="place-said">
        {place !== null
          ? t("report.place", { distance: distanceWords(language.value, place.accuracyM) })
          : looking.value === "failed"
            ? t("map.me.failed")
            : looking.value === "looking"
              ? t("report.looking")
              : ""}
      </p>
    </fieldset>
  );
}

function PickMap({ place, choose }: { place: Place | null; choose: (place: Place) => void }) {
  const element = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  const chart: Chart | null = useChart(element, () => setFailed(true));
  const site = siteMap.value;
  useEffect(() => {
    chart?.onPick((latitude, longitude) =>
      choose({ latitude, longitude, accuracyM: TAP_ACCURACY_M, by: "map" }),
    );
  }, [chart]);
  useEffect(() => {
    if (site !== null) chart?.show(site, []);
  }, [chart, site]);
  useEffect(() => {
    if (place !== null) chart?.showPicked(place.latitude, place.longitude);
  }, [chart, place]);
  return (
    <div class="choice__wide">
      <p class="quiet">{t(failed ? "map.failed" : "report.tap_map")}</p>
      <div class="map map--pick" ref={element} data-testid="pick-map" role="application" aria-label={t("report.tap_map")} />
    </div>
  );
}

interface PhotoProps {
  photo: string | null;
  choose: (photo: string | null) => void;
  onProblem: (problem: PhraseKey | null) => void;
}

function Photo({ photo, choose, onProblem }: PhotoProps) {
  async function take(event: Event): Promise<void> {
    const file = (event.currentTarget as HTMLInputElement).files?.[0];
    if (file === undefined) return;
    const small = await smallPhoto(file);
    onProblem(small === undefined ? "report.photo.failed" : null);
    choose(small ?? null);
  }
  return (
    <div class="photo">
      <label class="button photo__button">
        <input class="unseen" type="file" accept="image/*" capture="environment" data-testid="photo" onChange={(event) => void take(event)} />
        {t("report.photo")}
      </label>
      <p class="quiet">{t("report.photo.about")}</p>
      {photo !== null && <img class="photo__shown" data-testid="photo-shown" src={`data:image/jpeg;base64,${photo}`} alt={t("report.photo")} />}
    </div>
  );
}
