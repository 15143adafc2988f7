/** The next pictures are there, and decoded, before the key is pressed. */
import type { Detection } from "../service/contract";

export class Pictures {
  private readonly held = new Map<string, HTMLImageElement>();

  /** Hold the pictures of these frames, and let all others go. */
  want(frames: Detection[]): void {
    const wanted = new Set(frames.flatMap(({ media_url }) => (media_url ? [media_url] : [])));
    for (const url of this.held.keys()) {
      if (!wanted.has(url)) this.held.delete(url);
    }
    for (const url of wanted) {
      if (this.held.has(url)) continue;
      const image = new Image();
      image.src = url;
      image.decode().catch(() => undefined); // a broken picture says so where it is shown
      this.held.set(url, image);
    }
  }
}
