// Both pages work without it: a file then comes with the browser's own sign of progress, and the page is loaded anew by itself.
const form = document.querySelector("form.upload");
const lookMs = 2_000;

/** Sends the form, and shows how much of it has left. What came of it is on the page itself. */
function send(event) {
  const sending = form.querySelector(".sending");
  const bar = sending.querySelector("progress");
  const words = sending.querySelector("p");
  const said = words.textContent;
  const request = new XMLHttpRequest();
  event.preventDefault();
  request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
    if (!lengthComputable) return;
    const share = Math.floor((100 * loaded) / total);
    if (bar.value === share) return;
    bar.value = share;
    // Whoever has it read out hears it at every tenth.
    if (share % 10 === 0) words.textContent = `${said} ${share} %`;
  });
  request.addEventListener("loadend", () => location.replace(location.href));
  request.open("POST", form.action);
  request.send(new FormData(form));
  form.querySelector("button").disabled = true;
  sending.hidden = false;
}

/** Puts the page as it is now in the place of what is shown; another state is another page. */
async function look() {
  const shown = document.querySelector("[data-moving]");
  if (!shown) return;
  try {
    const response = await fetch(location.href, { cache: "no-store" });
    const next = new DOMParser().parseFromString(await response.text(), "text/html");
    const moving = next.querySelector("[data-moving]");
    if (!moving || next.title !== document.title) return location.replace(location.href);
    shown.replaceChildren(...moving.childNodes);
  } catch {
    // The program may be starting anew.
  }
  setTimeout(look, lookMs);
}

form?.addEventListener("submit", send);
setTimeout(look, lookMs);
