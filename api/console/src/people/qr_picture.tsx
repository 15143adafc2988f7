/** A QR code as a camera wants it: dark on light whatever the theme, with four light squares around. */
export function QrPicture({ rows, label }: { rows: string[]; label: string }) {
  const size = rows.length + 8;
  const dark = rows
    .flatMap((row, top) => [...row].map((module, left) => (module === "1" ? `M${left + 4} ${top + 4}h1v1h-1z` : "")))
    .join("");
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shape-rendering="crispEdges">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark} fill="#000" />
    </svg>
  );
}
