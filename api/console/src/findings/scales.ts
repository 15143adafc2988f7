/** From values to places in a drawing. Pure. */

/** The round number at or above a value: where an axis ends. */
export function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= most) ?? most;
}
