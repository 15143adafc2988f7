/** From values to places in a drawing. Pure. */

export interface Drawn {
  width: number;
  height: number;
  margin: number;
}

export interface Place {
  latitude: number;
  longitude: number;
}

const METRES_PER_DEGREE = 111_320;
const STEPS = [1, 2, 5];

/** The round number at or above a value: where an axis ends. */
export function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((step) => step * power).find((top) => top >= most) ?? most;
}

/** The round number at or below a value: how long a scale bar is. */
export function niceBelow(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [...STEPS].reverse().map((step) => step * power).find((one) => one <= most) ?? power;
}

/** Fit places into a drawing, as long in metres both ways; and a bar of a round length. */
export function projected(places: Place[], { width, height, margin }: Drawn) {
  const latitudes = places.map(({ latitude }) => latitude);
  const longitudes = places.map(({ longitude }) => longitude);
  const middle = (Math.min(...latitudes) + Math.max(...latitudes)) / 2;
  const across = Math.cos((middle * Math.PI) / 180) * METRES_PER_DEGREE;
  const [west, south] = [Math.min(...longitudes), Math.min(...latitudes)];
  const wide = Math.max((Math.max(...longitudes) - west) * across, 200);
  const high = Math.max((Math.max(...latitudes) - south) * METRES_PER_DEGREE, 200);
  const perMetre = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high);
  const [left, below] = [(width - wide * perMetre) / 2, (height - high * perMetre) / 2];
  const metres = niceBelow((width / 4) / perMetre);
  return {
    at: ({ latitude, longitude }: Place) => ({
      x: Math.round((left + (longitude - west) * across * perMetre) * 10) / 10,
      y: Math.round((height - below - (latitude - south) * METRES_PER_DEGREE * perMetre) * 10) / 10,
    }),
    bar: { metres, pixels: Math.round(metres * perMetre) },
  };
}
