/** Packs files as one ZIP, as they are: pictures do not shrink, and the browser keeps them on the disk. */

const MOST_FILES = 65_534;
const MOST_BYTES = 2 ** 32 - 2 ** 20; // beyond that a ZIP is another format
const NAMES_ARE_UTF8 = 0x0800;

export interface Packed {
  path: string;
  file: Blob;
}

/** Returns null if it is too much for one ZIP. */
export async function packed(files: Packed[]): Promise<Blob | null> {
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  if (files.length > MOST_FILES || bytes > MOST_BYTES) return null;
  const parts: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let at = 0;
  let directoryBytes = 0;
  for (const { path, file } of files) {
    const name = new TextEncoder().encode(path);
    const about = fields([
      [2, 20],
      [2, NAMES_ARE_UTF8],
      [2, 0], // stored
      [4, 0x00210000], // no time is known: 1980
      [4, crc32(new Uint8Array(await file.arrayBuffer()))],
      [4, file.size],
      [4, file.size],
      [2, name.length],
      [2, 0],
    ]);
    parts.push(fields([[4, 0x04034b50]]), about, name, file);
    const found = [fields([[4, 0x02014b50], [2, 20]]), about, fields([[4, 0], [2, 0], [4, 0], [4, at]]), name];
    directory.push(...found);
    directoryBytes += found.reduce((sum, { length }) => sum + length, 0);
    at += 4 + about.length + name.length + file.size;
  }
  const count = files.length;
  const end = fields([[4, 0x06054b50], [4, 0], [2, count], [2, count], [4, directoryBytes], [4, at], [2, 0]]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}

/** Numbers of 2 or 4 bytes, the lowest byte first. */
function fields(values: [2 | 4, number][]): Uint8Array<ArrayBuffer> {
  const written = new DataView(new ArrayBuffer(values.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of values) {
    if (bytes === 2) written.setUint16(at, value, true);
    else written.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(written.buffer);
}

const REMAINDERS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = (REMAINDERS[(sum ^ byte) & 0xff] ?? 0) ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
