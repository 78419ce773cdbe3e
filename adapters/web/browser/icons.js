// @ts-check
/** Signs of the player, drawn here: not every machine has a font that holds them. 24 x 24. @type {Record<string, string>} */
const paths = {
  previous: "M6 5h2.5v14H6zM19 5.5v13L9.5 12z",
  next: "M15.500 5H18v14h-2.500zM5 5.500v13l9.500-6.500z",
  pause: "M6.500 5H10v14H6.500zM14 5h3.500v14H14z",
  play: "M7 4.500v15L19.500 12z",
  quieter: "M4 9.500v5h3.500l5 4.500V5l-5 4.500zM15.500 11H21v2h-5.500z",
  louder: "M4 9.500v5h3.500l5 4.500V5l-5 4.500zM17.200 8.500h2v2.500h2.500v2h-2.500v2.500h-2V13h-2.500v-2h2.500z",
  shuffle:
    "M16 4.500l5 4-5 4v-3h-1.800L8.900 17H3v-2.500h4.700L13 7h3zM3 7h5.900l1.500 2.100-1.500 2.100-1.200-1.700H3zM16 11.500l5 4-5 4V17h-3l-1.900-2.600 1.500-2.100 1.600 2.200H16z",
  repeat:
    "M7 6.500h9V4l4.500 3.800L16 11.500V9H7.500v3.500H5v-4a2 2 0 0 1 2-2zM17 17.500H8V20l-4.500-3.800L8 12.500V15h8.500v-3.500H19v4a2 2 0 0 1-2 2z",
  queue: "M4 5h16v2.500H4zM4 10.700h10v2.500H4zM4 16.500h8V19H4zM16 12v8l6-4z",
  like: "M12 20.500l-1.400-1.300C5.700 14.800 2.500 11.900 2.500 8.300 2.500 5.400 4.800 3.200 7.600 3.200c1.700 0 3.300.8 4.400 2.100 1.100-1.300 2.700-2.100 4.400-2.100 2.800 0 5.100 2.200 5.100 5.100 0 3.600-3.200 6.500-8.100 10.900zM12 17.900c4.700-4.200 7.600-6.900 7.600-9.600 0-1.900-1.400-3.200-3.200-3.200-1.500 0-2.900.9-3.500 2.300h-1.800C10.500 6 9.100 5.100 7.600 5.100c-1.800 0-3.200 1.300-3.200 3.200 0 2.700 2.900 5.400 7.600 9.600z",
  unlike:
    "M12 20.500l-1.400-1.300C5.700 14.800 2.500 11.900 2.500 8.300c0-2.900 2.300-5.100 5.100-5.100 1.700 0 3.300.8 4.400 2.100 1.100-1.300 2.700-2.100 4.400-2.100 2.800 0 5.100 2.200 5.100 5.100 0 3.600-3.200 6.500-8.100 10.900z",
};

/** @param {string} name */
export function icon(name) {
  const path = paths[name];
  if (!path) return undefined;
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}
