/** Every text of the catalogue. */
export const individualsPhrases = {
  title: "Individuals",
  about:
    "Assign an elephant in review with its key. Trunkline does not recognise individuals by itself: who it is, people say.",
  add: "Add an elephant",
  edit: "Edit",
  save: "Save",
  cancel: "Cancel",
  name: "Name",
  digit: "Key in review",
  noDigit: "none",
  notes: "How to know it",
  notesAbout: "Ears, tusks, tail, scars…",
  empty: "The catalogue is empty",
  emptyAbout: "Add the elephants that your team knows by sight; then review assigns them in one key.",
  noPicture: "No reference picture: in review, tick it and press R",
  picture: (name: string) => `Reference picture of ${name}`,
  removePicture: "Remove this reference picture",
  seen: (events: number) => (events === 1 ? "seen in 1 event" : `seen in ${events} events`),
  last: (at: string) => `last ${at}`,
  where: "Where?",
};
