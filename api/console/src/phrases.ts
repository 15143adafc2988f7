/** Every text of the console, in one place. */

export const phrases = {
  product: "Trunkline",
  skip: "Skip to the content",
  navigation: "Console",
  tabs: {
    detections: "Detections",
    review: "Review",
    findings: "Findings",
    individuals: "Individuals",
    exchange: "Exchange",
    map: "Map",
    stations: "Stations",
    alerts: "Alerts",
    fleet: "Fleet",
    quarantine: "Quarantine",
    people: "People",
  },
  signIn: {
    title: "Sign in to the console",
    about: "Enter the invite code that your site's administrator gave you.",
    aboutPassword: "Sign in with your user name and password.",
    code: "Invite code",
    username: "User name",
    password: "Password",
    byCode: "I have an invite code",
    byPassword: "I have a password",
    name: "Your name",
    nameAbout: "Shown to others beside your answers.",
    submit: "Sign in",
    busy: "Signing in…",
    signOut: "Sign out",
    villager:
      "Your invitation is for the phone app. The console is for rangers, researchers and operators.",
    toPhoneApp: "Open the phone app",
  },
  connection: {
    connecting: "Connecting…",
    live: "Live",
    lost: "Not live: trying again",
  },
  problem: {
    title: "This could not be loaded",
    unreachable: "The server cannot be reached. Check the network and that the server runs.",
    status: (status: number) =>
      `The server answered ${status}. Try again; if it stays, look at the server's log.`,
    again: "Try again",
  },
  loading: "Loading…",
  detections: {
    empty: "No detections yet",
    emptyAbout:
      "The first confirmed sighting of a station appears here by itself. If stations should have reported by now, look at the Stations tab.",
    noMatch: "Nothing loaded matches these filters",
    noMatchAbout: "Widen the filters, or load older detections.",
    more: "Load older detections",
    moreBusy: "Loading older detections…",
    all: "That is everything.",
    station: "Station",
    lighting: "Lighting",
    kind: "Show",
    any: "All",
    realOnly: "Without drills",
    drillsOnly: "Only drills",
    newest: (shown: number, loaded: number) =>
      shown === loaded ? `${loaded} loaded, newest first` : `${shown} of ${loaded} loaded`,
    open: (what: string, station: string) => `Open large: ${what}, ${station}`,
    arrived: (what: string, station: string) => `New detection: ${what} at ${station}`,
    noPicture: "The picture is still on its way",
    brokenPicture: "The picture could not be loaded",
    picture: (what: string, station: string) => `Camera picture from ${station}: ${what}`,
    threshold: "threshold",
  },
  badge: {
    drill: "Drill",
    drillAbout: "Simulated: replayed footage, not a real sighting",
    historical: "Did not ring",
    historicalAbout: "It arrived after the alert horizon: stored and shown, but nobody was alerted",
    late: (wait: string) => `${wait} late`,
    lateAbout: "Time from the picture to the server",
    edge: "cut by the frame",
  },
  viewer: {
    title: "Detection",
    close: "Close",
    previous: "Newer",
    next: "Older",
    boxes: "Show boxes",
    keys: "← → step through the list · B boxes on or off · Esc closes",
    position: (index: number, total: number) => `${index} of ${total}`,
    captured: "Captured",
    received: "Received",
    afterwards: (wait: string) => `after ${wait}`,
    atOnce: "at once",
    station: "Station",
    deployment: "Deployment",
    lighting: "Lighting",
    release: "Model release",
    threshold: "Threshold",
    revision: "Revision",
    event: "Event",
    herd: "Herd",
    none: "none",
    id: "Detection id",
    seen: "Seen in this frame",
    label: "Label",
    confidence: "Confidence",
    notes: "Notes",
    below: "below the threshold",
  },
  lighting: { day: "Day", night_ir: "Night infrared", thermal: "Thermal" } as Record<string, string>,
  map: {
    title: "Map of the site",
    empty: "Nothing to draw yet",
    emptyAbout: "Add a geofence and a station on the server, and they appear here.",
    legend: "Legend",
    inside: "Geofence",
    buffer: "Its buffer (warning)",
    watch: "Its watch zone",
    herd: "Herd's path, newest point largest",
    grid: (km: number) => `Grid: ${km < 1 ? `${km * 1000} m` : `${km} km`}`,
    alerts: "Open alerts",
    noAlerts: "No open alert.",
    stations: "Stations",
    geofences: "Geofences",
    whole: "Show the whole site",
    near: (metres: number) => `position to ${metres} m`,
    herdArea: "It can be here in 15, 30, 60 min",
    likelyComes: (name: string, from: string, until: string) => `likely comes to ${name}, ${from} to ${until}`,
    mayCome: (name: string, from: string, until: string) => `may come to ${name}, ${from} to ${until}`,
    kinds: {
      village: "village",
      field: "field",
      school_way: "school way",
      road: "road",
      railway: "railway",
    } as Record<string, string>,
  },
  stations: {
    empty: "No stations yet",
    emptyAbout: "Enrol one on the server with “trunkline-server station”; it appears when it first reports.",
    columns: {
      station: "Station",
      state: "State",
      cameras: "Cameras",
      battery: "Battery",
      lastSeen: "Last seen",
      queue: "Queue",
      oldest: "Oldest unsent",
      frames: "Frames",
      broken: "Broken",
      inference: "Inference",
      release: "Release",
      version: "Version",
      detections: "Detections 24 h",
    },
    never: "never",
    none: "–",
    states: {
      online: "Online",
      silent: "Silent",
      stopped: "Stopped",
      offline: "Offline",
      unknown: "Unknown",
    },
    cameras: {
      good: "good",
      learning: "learning",
      broken: "no frames",
      covered: "covered",
      moved: "moved",
      defocused: "out of focus",
      dark: "dark",
      stuck: "stuck",
    } as Record<string, string>,
    allGood: (count: number) => `${count} good`,
    blind: (count: number) => `${count} ${count === 1 ? "camera is" : "cameras are"} blind`,
    charging: "charging",
    silentAbout: (wait: string) =>
      `No sign of life for ${wait} although it never said goodbye: check its power and its link.`,
    summary: (total: number, troubled: number) =>
      troubled === 0
        ? `${total} ${total === 1 ? "station" : "stations"}, all reporting`
        : `${troubled} of ${total} ${total === 1 ? "station" : "stations"} not reporting`,
  },
  alerts: {
    empty: "No alerts yet",
    emptyAbout: "When a herd comes near a geofence, the alert appears here by itself.",
    levels: { watch: "Watch", warning: "Warning", danger: "Danger" },
    states: {
      raised: "Raised",
      acknowledged: "Acknowledged",
      all_clear: "All clear",
      retracted: "Retracted",
      lapsed: "Old, never cleared",
    } as Record<string, string>,
    answers: "Answers",
    noAnswers: "Nobody has answered yet.",
    answer: {
      seen: "seen",
      on_my_way: "on my way",
      false_alarm: "false alarm",
      all_clear: "all clear",
    } as Record<string, string>,
    escalated: "Nobody had answered, so that others were rung",
    deliveries: "Deliveries",
    deliveryState: {
      pending: "waiting",
      sent: "sent",
      failed: "failed",
      expired: "expired",
    } as Record<string, string>,
    received: "received",
    shown: "shown",
    opened: "opened",
    inside: "inside the geofence",
    away: (distance: string, direction: string) => `${distance} to the ${direction}`,
    raised: "Raised",
    changed: "Changed",
    sighting: "Newest sighting",
    count: (count: number) => `${count} ${count === 1 ? "elephant" : "elephants"}`,
    by: (station: string) => `by ${station}`,
    onMap: "Show on the map",
    evidence: "Evidence",
    open: "Open",
    closed: "Closed",
    openCount: (count: number) => `${count} open`,
  },
  quarantine: {
    about:
      "Messages that could not be trusted or understood. They are kept here for inspection and stop nothing else.",
    empty: "Nothing in quarantine",
    emptyAbout: "Every message so far was authentic and readable.",
    notForYou: "The quarantine is for operators",
    notForYouAbout: "Ask your site's administrator if you need it.",
    counts: "How many, by reason",
    items: "Newest messages",
    columns: { received: "Received", reason: "Reason", topic: "Topic", size: "Size", why: "In words" },
  },
};

const ANIMALS: Record<string, [one: string, many: string]> = {
  elephant: ["elephant", "elephants"],
  person: ["person", "people"],
  vehicle: ["vehicle", "vehicles"],
  animal: ["other animal", "other animals"],
};

export function howMany(label: string, count: number): string {
  const [one, many] = ANIMALS[label] ?? [label, label];
  return `${count} ${count === 1 ? one : many}`;
}

const WINDS = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];

export function direction(bearingDeg: number): string {
  const eighth = Math.round((((bearingDeg % 360) + 360) % 360) / 45) % 8;
  return WINDS[eighth] ?? "north";
}

export function distance(metres: number): string {
  if (metres < 1000) return `${Math.round(metres / 10) * 10} m`;
  return `${(metres / 1000).toFixed(metres < 10_000 ? 1 : 0)} km`;
}

export function size(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} kB`;
}
