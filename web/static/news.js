// Says when the page would look different by now, and leaves it to the reader
// to load it again: nothing moves under the hand that types.
"use strict";
(() => {
  const every = 3000;
  const shown = document.body.dataset.version;
  const place = document.querySelector("[data-news]");
  if (!shown || !place) return;

  async function look() {
    if (document.hidden) return again();
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (page.body.dataset.version !== shown) return tell();
      }
    } catch {
      // The server is away; the next look tells whether it is back.
    }
    again();
  }

  function again() {
    setTimeout(look, every);
  }

  function tell() {
    const link = document.createElement("a");
    link.href = location.pathname + location.search;
    link.textContent = "Something new. Show it";
    place.append(link);
  }

  // A letter that waits is counted down; when it goes there is nothing to undo.
  for (const form of document.querySelectorAll("[data-sends]")) {
    const due = performance.now() + 1000 * Number(form.dataset.sends);
    const seconds = form.querySelector("[data-seconds]");
    const ticking = setInterval(() => {
      const left = Math.ceil((due - performance.now()) / 1000);
      seconds.textContent = String(Math.max(0, left));
      if (left > 0) return;
      clearInterval(ticking);
      form.remove();
    }, 1000);
  }

  again();
})();
