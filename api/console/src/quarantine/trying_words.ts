import type { Replayed } from "./trying_again";

/** What the buttons that try messages once more say. */
export const trying = {
  one: "Try again",
  all: "Try all again",
  busy: "Trying…",
  column: "Handle",
  outcome: (items: Replayed[]) => {
    const handled = items.filter((item) => item.is_handled).length;
    const [stays] = items.filter((item) => !item.is_handled);
    if (stays === undefined) return `${handled} handled; nobody is rung for old news`;
    if (items.length === 1) return `Stays: ${stays.reason}`;
    return `${handled} handled, ${items.length - handled} stay; the first: ${stays.reason}`;
  },
};
