// @ts-check
/** Lets progress bars run by the browser's own clock, corrected to the server's: no message is needed for a second to pass. */

let offset = 0;

/** @param {number} serverNow Unix ms on the server, as it said just now. */
export function setServerTime(serverNow) {
  offset = serverNow - Date.now();
}

/** @param {number} ms */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return (parts[0] ? parts : parts.slice(1))
    .map((part, index) => (index ? String(part).padStart(2, "0") : part))
    .join(":");
}

/**
 * @param {{positionMs: number, durationMs: number, playing: boolean, at: number}} block
 * @param {string} of the word between position and length, for screen readers
 */
export function progressBar(block, of) {
  const bar = document.createElement("div");
  bar.className = "progress";
  const track = document.createElement("progress");
  track.max = Math.max(1, block.durationMs);
  const passed = document.createElement("span");
  const total = document.createElement("span");
  total.textContent = clock(block.durationMs);
  bar.append(passed, track, total);

  const show = () => {
    const run = block.playing ? Date.now() + offset - block.at : 0;
    const position = Math.min(block.durationMs, Math.max(0, block.positionMs + run));
    track.value = position;
    passed.textContent = clock(position);
    track.setAttribute("aria-label", `${clock(position)} ${of} ${clock(block.durationMs)}`);
  };
  show();
  if (block.playing) {
    const timer = setInterval(() => (bar.isConnected ? show() : clearInterval(timer)), 500);
  }
  return bar;
}
