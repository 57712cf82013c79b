// A lesson being read: where the reader is, a beat while the page is visible, answers without leaving the page.
// Everything works without it: forms post, the server counts the time between opening and finishing.

const article = document.querySelector("[data-lesson]");
const address = article.dataset.lesson;
const every = Number(article.dataset.every) * 1000;
const blocks = [...article.querySelectorAll(".prose [data-p]")];
const finish = document.querySelector("[data-finish]");
const left = document.querySelector("[data-left]");

const numberOf = (block) => Number(block.dataset.p);
let here = Number(article.dataset.block) || 1;
let furthest = 1;
let timer = 0;

/* where the reader is: the first block whose end lies below the top bar; furthest: the last one whose end was seen */
const look = () => {
  const bottom = window.innerHeight - 72;
  const current = blocks.find((block) => block.getBoundingClientRect().bottom > 96);
  if (current) { here = numberOf(current); }
  for (const block of blocks) {
    const box = block.getBoundingClientRect();
    if (Math.min(box.bottom, box.top + bottom) <= bottom + 8) { furthest = Math.max(furthest, numberOf(block)); }
  }
  if (finish) { finish.elements.furthest.value = String(furthest); }
};

const show = (answer) => {
  if (left && answer.minutes_left) { left.textContent = String(answer.minutes_left); }
};

const post = (body, keepalive) => fetch(address, {
  method: "POST",
  headers: { "Content-Type": "application/json", "Accept": "application/json" },
  body: JSON.stringify(body),
  keepalive,
  credentials: "same-origin",
});

/* the place to return to is where one is; what has been seen before stays seen, the server keeps the larger */
const beat = (resumed = false, keepalive = false) => {
  look();
  return post({ block: here, furthest, resumed }, keepalive)
    .then((response) => (response.ok ? response.json() : null))
    .then((answer) => { if (answer) { show(answer); } })
    .catch(() => { /* the next beat says it again */ });
};

const start = () => { clearInterval(timer); timer = setInterval(() => beat(), every); };

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    clearInterval(timer);
    beat(false, true);
  } else {
    beat(true);
    start();
  }
});

/* back to the paragraph, unless the address names a place of its own */
const resume = article.dataset.resume && document.getElementById(article.dataset.resume);
if (resume && !location.hash && window.scrollY === 0) { resume.scrollIntoView({ block: "start" }); }

let waiting = false;
window.addEventListener("scroll", () => {
  if (waiting) { return; }
  waiting = true;
  requestAnimationFrame(() => { waiting = false; look(); mark(); });
}, { passive: true });

/* the contents beside the text follow the reader */
const entries = [...document.querySelectorAll(".aside nav a[href^='#']")];
const targets = entries.map((entry) => document.getElementById(decodeURIComponent(entry.hash.slice(1))));
const mark = () => {
  let current = -1;
  targets.forEach((target, n) => { if (target && target.getBoundingClientRect().top < 160) { current = n; } });
  entries.forEach((entry, n) => {
    if (n === current) { entry.setAttribute("aria-current", "true"); } else { entry.removeAttribute("aria-current"); }
  });
};

/* a 随堂一问 is answered in place; if that cannot be, the form goes its own way */
article.addEventListener("submit", (event) => {
  const form = event.target;
  const section = form.closest("[data-check]");
  if (!section) { return; }
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  fetch(form.action, { method: "POST", body: new FormData(form), headers: { "Accept": "application/json" } })
    .then((response) => response.json().then((answer) => ({ ok: response.ok, answer })))
    .then(({ ok, answer }) => {
      if (!ok) { throw new Error(answer.sentence || ""); }
      const holder = document.createElement("template");
      holder.innerHTML = answer.html;
      form.replaceWith(holder.content);
      const explanation = section.querySelector(".expl");
      if (explanation) { explanation.focus({ preventScroll: true }); }
      look();
    })
    .catch((error) => {
      button.disabled = false;
      if (!error.message || error instanceof TypeError || error instanceof SyntaxError) { form.submit(); return; }
      let note = form.querySelector(".field__error");
      if (!note) {
        note = document.createElement("p");
        note.className = "field__error";
        note.setAttribute("role", "alert");
        button.before(note);
      }
      note.textContent = error.message;
    });
});

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}

/* on a phone the outline starts closed */
const outline = document.querySelector("[data-outline]");
if (outline && window.matchMedia("(max-width: 899px)").matches) { outline.open = false; }

look();
mark();
if (document.visibilityState === "visible") { start(); }
