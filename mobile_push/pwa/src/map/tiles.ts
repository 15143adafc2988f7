// Pictures of the land out of one file (PMTiles) that a site provides and the phone keeps.
import L from "leaflet";
import { FileSource, PMTiles, TileType } from "pmtiles";

const MIME: Partial<Record<TileType, string>> = {
  [TileType.Png]: "image/png",
  [TileType.Jpeg]: "image/jpeg",
  [TileType.Webp]: "image/webp",
};

/** A layer over a kept file; null if it holds no pictures (vector tiles are not drawn). */
export async function tileLayer(blob: Blob, name: string): Promise<L.GridLayer | null> {
  const file = new PMTiles(new FileSource(new File([blob], name)));
  const { tileType, minZoom, maxZoom } = await file.getHeader();
  const type = MIME[tileType];
  if (type === undefined) return null;
  return new PictureLayer(file, type, {
    minNativeZoom: minZoom,
    maxNativeZoom: maxZoom,
    maxZoom: 18,
    className: "tiles",
  });
}

class PictureLayer extends L.GridLayer {
  constructor(
    private readonly file: PMTiles,
    private readonly type: string,
    options: L.GridLayerOptions,
  ) {
    super(options);
  }

  override createTile({ x, y, z }: L.Coords, done: L.DoneCallback): HTMLElement {
    const picture = document.createElement("img");
    picture.alt = "";
    this.file.getZxy(z, x, y).then(
      (tile) => {
        if (tile === undefined) return done(undefined, picture); // beyond the edge of the file
        const url = URL.createObjectURL(new Blob([tile.data], { type: this.type }));
        picture.onload = () => URL.revokeObjectURL(url);
        picture.src = url;
        done(undefined, picture);
      },
      (error: unknown) => done(error instanceof Error ? error : new Error("a tile is unreadable"), picture),
    );
    return picture;
  }
}
