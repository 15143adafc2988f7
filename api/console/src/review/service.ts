/** The review routes. */
import { call } from "../service/client";
import type { Detail, Individual, NewLabel, Queue, Wish } from "./contract";

export const reviewService = {
  queue: (wish: Wish, butNot: number[], limit: number) =>
    call<Queue>("POST", "/review/queue", { ...wish, but_not: butNot, limit }),
  event: (id: number) => call<Detail>("GET", `/review/events/${id}`),
  say: (label: NewLabel) => call<{ id: string }>("POST", "/review/labels", label),
  undo: (labelId: string, id: string) =>
    call<{ id: string }>("POST", `/review/labels/${labelId}/undo`, { id }),
  last: () => call<Detail | null>("GET", "/review/labels/last"),
  individuals: async () =>
    (await call<{ individuals: Individual[] }>("GET", "/individuals")).individuals,
};
