// Keeps a part of a page fresh while somebody looks at it; without script the page reloads itself.

const live = document.querySelector("[data-refresh]");

async function refresh() {
  if (document.hidden || live.contains(document.activeElement)) { return; }
  const answer = await fetch(window.location.href, { credentials: "same-origin", headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) { return; }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-refresh]");
  if (fresh) { live.replaceChildren(...fresh.childNodes); }
}

if (live) { setInterval(() => { refresh().catch(() => { /* the next time */ }); }, Number(live.dataset.refresh) * 1000); }
