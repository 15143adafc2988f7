/** Texts of reach and drills. */
export const words = {
  title: "Who can be rung",
  about:
    "A phone is proved when it has shown that it rings within the last days. Visit those who cannot be rung before the elephants do; a drill proves the others.",
  reach: {
    proved: "proved",
    unproved: "not proved",
    missed: "did not ring last time",
    gone: "gone",
    none: "no phone",
  } as Record<string, string>,
  people: "Everybody at the site",
  columns: { person: "Person", role: "Role", follows: "Follows", reach: "Can be rung", bells: "By" },
  never: "never reached",
  drills: "Drills",
  begin: "Ring everybody for practice",
  beginOne: (name: string) => `Ring ${name} for practice`,
  ring: "Ring",
  confirm: "Every phone of the site rings, marked as a drill. Begin?",
  begun: "The drill has begun.",
  none: "No drill yet.",
  result: (reached: number, people: number, answered: number) =>
    `${reached} of ${people} reached, ${answered} answered`,
  median: (seconds: number) => `half of them within ${seconds.toFixed(1)} s`,
  by: (name: string) => `ordered by ${name}`,
  scopes: { person: "one person", village: "a village", site: "everybody" } as Record<string, string>,
  notReached: "Not reached:",
  ledger:
    "Every drill and every alert is in the ledger; “trunkline-server ledger verify” checks its chain, and each alert has a certificate.",
};
