/** The next pictures are there, and decoded, before the key is pressed. */
import type { Detection } from "../service/contract";

/** The browser asks for so many at once, and labels have to get through beside them. */
const AT_ONCE = 3;

export class Pictures {
  private readonly held = new Map<string, HTMLImageElement>();
  private waiting: string[] = [];
  private loading = 0;

  /** Hold the pictures of these frames, the first of them first, and let all others go. */
  want(frames: Detection[]): void {
    const wanted = new Set(frames.flatMap(({ media_url }) => (media_url ? [media_url] : [])));
    for (const [url, image] of this.held) {
      if (wanted.has(url)) continue;
      if (!image.complete) image.src = ""; // nobody waits for it any more: others may have its place
      this.held.delete(url);
    }
    this.waiting = [...wanted].filter((url) => !this.held.has(url));
    this.work();
  }

  private work(): void {
    while (this.loading < AT_ONCE) {
      const url = this.waiting.shift();
      if (url === undefined) return;
      const image = new Image();
      this.loading += 1;
      this.held.set(url, image);
      image.src = url;
      // A broken picture says so where it is shown.
      const done = () => {
        this.loading -= 1;
        this.work();
      };
      image.decode().then(done, done);
    }
  }
}
