// A photo made small enough for a weak link. Drawn anew, it loses what the phone had written into it:
// the place, the time, the owner (EXIF).
const LONGEST_PX = 1280;
const LARGEST_BYTES = 150_000;
const QUALITIES = [0.8, 0.65, 0.5, 0.35];

/** The photo as a small JPEG in base64; undefined if the phone cannot read it. */
export async function smallPhoto(file: Blob): Promise<string | undefined> {
  const image = await createImageBitmap(file).catch(() => undefined);
  if (image === undefined) return undefined;
  for (const longest of [LONGEST_PX, LONGEST_PX / 2]) {
    const canvas = drawn(image, longest);
    for (const quality of QUALITIES) {
      const jpeg = await encoded(canvas, quality);
      if (jpeg !== null && jpeg.size <= LARGEST_BYTES) return base64(jpeg);
    }
  }
  return undefined;
}

function drawn(image: ImageBitmap, longest: number): HTMLCanvasElement {
  const scale = Math.min(1, longest / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob | null> {
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
}

async function base64(jpeg: Blob): Promise<string> {
  const bytes = new Uint8Array(await jpeg.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}
