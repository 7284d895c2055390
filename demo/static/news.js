// Says how much mail came since the page was made, and leaves it to the reader
// to show it: no row moves under a hand that is about to press it.
"use strict";
(() => {
  const place = document.querySelector("[data-news]");
  if (!place || !window.EventSource) return;
  const source = new EventSource(place.dataset.news);
  const link = document.createElement("a");
  link.href = location.pathname;
  source.onmessage = (event) => {
    const n = Number(event.data);
    if (!(n > 0)) return;
    link.textContent = `${n} new – show`;
    if (!link.isConnected) place.append(link);
    if (!document.title.startsWith("• ")) document.title = "• " + document.title;
  };
  addEventListener("pagehide", () => source.close());
  // Back from the browser's cache the page is as old as it was left.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
