/* Comfort for the exam page: saves on every change, keeps answers on this device while the network is away,
   moves the clock. The page is complete without it; the server decides everything that counts. */

const form = document.querySelector("[data-exam]");
const clock = document.querySelector("[data-clock]");
const timeUp = document.getElementById("time-up");
const live = document.getElementById("clock-live");
const words = form ? JSON.parse(form.dataset.words) : {};
const MILESTONES = [1800, 600, 300, 60];

function fill(text, ...values) {
  return values.reduce((done, value) => done.replace("{}", value), text);
}

/* ---- the clock: seconds left as of this page, moved by a clock that nobody can set ---- */
function startClock() {
  const loaded = performance.now();
  const atLoad = Number(clock.dataset.left);
  const face = clock.querySelector(".num");
  let told = atLoad + 1;
  if (words.hide) {
    clock.classList.remove("clock--still");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "iconbtn";
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", words.hide);
    button.textContent = "–";
    button.addEventListener("click", () => {
      face.hidden = !face.hidden;
      button.setAttribute("aria-pressed", String(face.hidden));
      button.setAttribute("aria-label", face.hidden ? words.show : words.hide);
      button.textContent = face.hidden ? "+" : "–";
    });
    clock.append(button);
  }
  const tick = () => {
    const left = Math.max(0, Math.round(atLoad - (performance.now() - loaded) / 1000));
    face.textContent = `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
    clock.classList.toggle("is-low", left < 300);
    const passed = MILESTONES.find((mark) => left <= mark && told > mark);
    if (passed && words.left) { live.textContent = fill(words.left, passed / 60); }
    told = left;
    if (left === 0) {
      clearInterval(timer);
      if (timeUp && navigator.onLine) { sendAll().finally(() => timeUp.submit()); }
    }
  };
  const timer = setInterval(tick, 1000);
  tick();
  return () => { live.textContent = face.textContent; };
}

/* ---- saving ---- */
const store = form && `exam-${form.dataset.attempt}`;
let seq = form ? Number(form.dataset.seq) : 0;
let sending = null;
let readOnly = false;

function readQueue() {
  try { return JSON.parse(localStorage.getItem(store) || "{}"); } catch { return {}; }
}

function writeQueue(queue) {
  try {
    if (Object.keys(queue).length) { localStorage.setItem(store, JSON.stringify(queue)); } else { localStorage.removeItem(store); }
  } catch { /* private mode: the page still sends what it can */ }
}

function value() {
  const text = form.querySelector("[name=text]");
  return {
    position: Number(form.dataset.position),
    chosen: [...form.querySelectorAll("[name=choice]:checked")].map((box) => box.value),
    text: text ? text.value : "",
    flagged: form.elements.flagged.value === "1",
  };
}

function say(text, local) {
  const place = document.querySelector("[data-saved]");
  place.textContent = text;
  place.closest(".saved").classList.toggle("is-local", Boolean(local));
}

function offline(isOff) {
  document.body.classList.toggle("is-offline", isOff);
  document.querySelector(".offline").hidden = !isOff;
}

function notice(text, canMove) {
  const box = document.querySelector("[data-notice]");
  box.querySelector("[data-notice-text]").textContent = text;
  if (canMove) {
    const move = document.createElement("form");
    move.method = "post";
    move.action = form.dataset.device;
    const button = document.createElement("button");
    button.className = "btn btn--sm";
    button.textContent = words.move;
    move.append(button);
    box.querySelector("[data-notice-text]").append(" ", move);
  }
  box.hidden = false;
}

function lock() {
  readOnly = true;
  form.querySelectorAll("input, .flagbtn").forEach((part) => { part.disabled = true; });
}

async function post(item) {
  return fetch(form.dataset.save, {
    method: "POST",
    credentials: "same-origin",
    keepalive: true,
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify({ ...item, epoch: Number(form.dataset.epoch) }),
  });
}

async function sendOne(item) {
  for (let tries = 0; tries < 4; tries += 1) {
    const answer = await post({ ...item, seq });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) { seq += 1; return told.saved_at; }
    if (told.next_seq) { seq = told.next_seq; continue; }
    if (answer.status === 409) { lock(); writeQueue({}); notice(told.sentence, true); return null; }
    if (answer.status === 401) { window.location.assign(form.dataset.here); return null; }
    if (answer.status >= 500 || answer.status === 429) { throw new Error(`status ${answer.status}`); }
    notice(told.sentence || "", false);
    return null;
  }
  return null;
}

async function sendAll() {
  if (!form || readOnly) { return; }
  if (sending) { await sending; if (!Object.keys(readQueue()).length) { return; } }
  sending = (async () => {
    const wasOff = document.body.classList.contains("is-offline");
    let sent = 0;
    for (;;) {
      const queue = readQueue();
      const key = Object.keys(queue)[0];
      if (!key) { break; }
      const item = queue[key];
      try {
        const at = await sendOne(item);
        const now = readQueue();
        if (JSON.stringify(now[key]) === JSON.stringify(item)) { delete now[key]; writeQueue(now); }
        if (at) { sent += 1; say(fill(words.saved, at)); }
        if (readOnly) { return; }
      } catch {
        say(words.local, true);
        offline(true);
        return;
      }
    }
    offline(false);
    if (wasOff && sent) { say(fill(words.back, sent)); }
  })();
  try { await sending; } finally { sending = null; }
}

function mark(item) {
  const done = item.chosen.length > 0 || item.text.trim() !== "";
  document.querySelectorAll(`[data-cell="${item.position}"]`).forEach((cell) => {
    cell.classList.toggle("a", done);
    cell.classList.toggle("f", item.flagged);
  });
  const sheet = document.querySelector(".sheet");
  const answered = sheet.querySelectorAll("[data-cell].a").length;
  document.querySelectorAll("[data-answered]").forEach((place) => {
    place.textContent = fill(words.answered, answered, form.dataset.total);
  });
  const short = document.querySelector("[data-answered-short]");
  if (short) { short.textContent = short.textContent.replace(/\d+(?=\s*\/)/, answered); }
  const bar = document.querySelector(".examprog");
  bar.setAttribute("aria-valuenow", answered);
  bar.firstElementChild.style.width = `${Math.round((answered * 100) / Number(form.dataset.total))}%`;
}

function keep() {
  if (readOnly) { return; }
  const item = value();
  const queue = readQueue();
  queue[item.position] = item;
  writeQueue(queue);
  mark(item);
  say(words.saving);
  return sendAll();
}

function flag() {
  const field = form.elements.flagged;
  field.value = field.value === "1" ? "0" : "1";
  const button = form.querySelector(".flagbtn");
  button.setAttribute("aria-pressed", String(field.value === "1"));
  button.querySelector("span").textContent = field.value === "1" ? words.flagged : words.flag;
  keep();
}

function startSaving() {
  let typing = 0;
  form.addEventListener("change", (event) => { if (event.target.name === "choice") { keep(); } });
  form.addEventListener("input", (event) => {
    if (event.target.name !== "text") { return; }
    clearTimeout(typing);
    typing = setTimeout(keep, 1500);
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-go], .flagbtn");
    if (!button || button.form !== form) { return; }
    event.preventDefault();
    if (button.classList.contains("flagbtn")) { if (!readOnly) { flag(); } return; }
    if (typing) { clearTimeout(typing); typing = 0; keep(); }
    await Promise.race([sendAll(), new Promise((done) => { setTimeout(done, 1500); })]);
    window.location.assign(button.dataset.go);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); keep(); });
  window.addEventListener("online", sendAll);
  window.addEventListener("offline", () => offline(true));
  window.addEventListener("pageshow", (event) => { if (event.persisted) { window.location.reload(); } });
  window.addEventListener("pagehide", () => { if (typing) { keep(); } });
  setInterval(() => { if (Object.keys(readQueue()).length) { sendAll(); } }, 5000);
  const waiting = readQueue();
  const mine = waiting[form.dataset.position];
  if (mine) {
    form.querySelectorAll("[name=choice]").forEach((box) => { box.checked = mine.chosen.includes(box.value); });
    const text = form.querySelector("[name=text]");
    if (text) { text.value = mine.text; }
  }
  Object.values(waiting).forEach(mark);
  if (Object.keys(waiting).length) { sendAll(); }
}

function startKeys(readTime) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || form.dataset.shortcuts !== "1") { return; }
    if (document.querySelector("dialog[open]")) { return; }
    const typing = event.target.matches("input[type=text], textarea, select");
    if (typing) { return; }
    const boxes = [...form.querySelectorAll("[name=choice]")];
    const place = event.key.length === 1 ? "ABCDEFGH".indexOf(event.key.toUpperCase()) : -1;
    if (place >= 0 && boxes[place]) { boxes[place].click(); event.preventDefault(); return; }
    if (event.key.toUpperCase() === "M") { flag(); event.preventDefault(); return; }
    if (event.key.toUpperCase() === "T") { readTime(); return; }
    const isRadio = event.target.matches("input[type=radio]");
    if (event.key === "ArrowRight" && !isRadio) { form.querySelector("[data-go][value=next], [data-go][value=check]")?.click(); }
    if (event.key === "ArrowLeft" && !isRadio) { form.querySelector("[data-go][value=previous]")?.click(); }
  });
}

const readTime = clock && clock.dataset.left !== undefined ? startClock() : () => {};
if (form) {
  startSaving();
  startKeys(readTime);
}
