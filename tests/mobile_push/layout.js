// What does not fit: text or a button that leaves the screen, is cut, lies over another, or is too
// small for a thumb.
() => {
  const problems = [];
  const seen = (element) => element.checkVisibility() && !element.closest(".unseen, .leaflet-container");
  const what = (element) => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className} "${(element.textContent ?? "").trim().slice(0, 40)}"`;
  if (document.documentElement.scrollWidth > innerWidth) problems.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const leaves = [...document.querySelectorAll("#app *")].filter(
    (element) => seen(element) && [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ""),
  );
  const rects = [];
  for (const element of leaves) {
    for (const node of element.childNodes) {
      if (node.nodeType !== 3 || node.textContent.trim() === "") continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const lines = range.getClientRects();
      if (lines.length > 4 && [...lines].every(({ width }) => width < 40)) problems.push(`is squeezed: ${what(element)}`);
      for (const rect of lines) {
        if (rect.width < 1) continue;
        if (rect.left < -1 || rect.right > innerWidth + 1) problems.push(`leaves the screen: ${what(element)}`);
        rects.push({ element, rect });
      }
    }
  }
  for (const element of document.querySelectorAll("#app button, #app a, #app label, #app h1, #app p, #app dd")) {
    if (!seen(element)) continue;
    if (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline") problems.push(`is wider than its place: ${what(element)}`);
    const box = element.getBoundingClientRect();
    for (const { element: leaf, rect } of rects) {
      if (element.contains(leaf) && element.matches("button, a, label") && (rect.right > box.right + 1 || rect.left < box.left - 1 || rect.bottom > box.bottom + 6 || rect.top < box.top - 6))
        problems.push(`its words leave it: ${what(element)}`);
    }
  }
  const THUMB_PX = 44;
  for (const element of document.querySelectorAll("#app :is(button, a, label, select, input)")) {
    const { width, height } = element.getBoundingClientRect();
    const isLabels = element.matches("label *"); // whoever touches the label touches it
    if (seen(element) && !isLabels && Math.min(width, height) < THUMB_PX) problems.push(`is no place for a thumb: ${what(element)}`);
  }
  // What is stuck above a scrolled list covers what is below it, as it should.
  const layer = (element) => element.closest(".answers, .tabs, .top") ?? document.body;
  for (let i = 0; i < rects.length; i++) {
    for (let j = i + 1; j < rects.length; j++) {
      const [a, b] = [rects[i], rects[j]];
      if (a.element === b.element || layer(a.element) !== layer(b.element)) continue;
      const across = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
      const down = Math.min(a.rect.bottom, b.rect.bottom) - Math.max(a.rect.top, b.rect.top);
      // Line boxes of one paragraph touch; a third of a line is an overlap.
      if (across > 2 && down > Math.min(a.rect.height, b.rect.height) / 3) problems.push(`lies over another: ${what(a.element)} and ${what(b.element)}`);
    }
  }
  return [...new Set(problems)];
}
