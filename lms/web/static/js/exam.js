// Comfort for a sitting: saves on every change, keeps what could not be sent on this device (choices, never questions),
// goes from question to question without the network, moves the clock. The page is complete without it, and the
// server decides everything that counts.

const MINUTE = 60;
const DAY = 24 * 3600 * 1000; // ms
const MILESTONES = [30 * MINUTE, 10 * MINUTE, 5 * MINUTE, MINUTE];
const TYPING = 1500; // ms of rest after which words are saved
const RETRY = [2000, 4000, 8000, 15000]; // ms between tries while the network is away
const LONGEST_TRY = 10000; // ms
const POLL = 60000; // ms between looks at the server's clock
const WORTH_TELLING = 30; // seconds of more time that are announced

const root = document.documentElement;
const exam = document.querySelector("[data-exam]");
const words = exam ? JSON.parse(exam.dataset.words) : {};
const fill = (text, value, total) => text.replace("%s", value).replace("%t", total);
const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
const sleep = (time) => new Promise((done) => { setTimeout(done, time); });

/* ---- whether answers can be kept on this device; the server waits for them only where they can ---- */
let keeps = false;
try {
  localStorage.setItem("exam-check", "1");
  localStorage.removeItem("exam-check");
  keeps = true;
} catch { /* private mode */ }
all("input[name=keeps]").forEach((field) => { field.value = keeps ? "1" : "0"; });

/* ---- device check on 考试说明 ---- */
const device = document.querySelector("[data-device]");
if (device) {
  const offset = Math.abs(Date.now() - Number(device.dataset.device)) / 1000;
  const states = { clock: offset < 2 * MINUTE, storage: keeps };
  all("[data-device-item]", device).forEach((item) => {
    const [name, wanted] = item.dataset.deviceItem.split(" ");
    item.hidden = states[name] !== (wanted === "yes");
  });
  device.hidden = false;
}

/* ---- the clock: seconds left as of this page, moved by a clock that nobody can set ---- */
const clock = document.querySelector("[data-clock][data-left]");
const live = document.getElementById("clock-live");
const loaded = performance.now();
let endsAt = clock ? loaded + Number(clock.dataset.left) * 1000 : 0;
const secondsLeft = () => Math.max(0, (endsAt - performance.now()) / 1000);
const sayTime = () => { live.textContent = `${fill(clock.dataset.words, Math.floor(secondsLeft() / MINUTE))}`; };

function startClock(onOver) {
  const face = clock.querySelector(".num");
  const button = clock.querySelector("button") || document.getElementById("hide-clock").content.firstElementChild.cloneNode(true);
  const hide = (isHidden) => {
    face.hidden = isHidden;
    button.setAttribute("aria-pressed", String(isHidden));
    button.setAttribute("aria-label", isHidden ? clock.dataset.show : clock.dataset.hide);
  };
  if (!button.isConnected) {
    hide(false);
    button.addEventListener("click", () => hide(!face.hidden));
    clock.append(button);
  }
  clock.classList.remove("clock--still");
  let told = secondsLeft() + 1;
  let timer = 0;
  const tick = () => {
    const left = Math.ceil(secondsLeft());
    face.textContent = `${String(Math.floor(left / MINUTE)).padStart(2, "0")}:${String(left % MINUTE).padStart(2, "0")}`;
    clock.classList.toggle("is-low", left < 5 * MINUTE);
    const passed = MILESTONES.find((mark) => left <= mark && told > mark);
    if (passed) { live.textContent = fill(clock.dataset.words, passed / MINUTE); }
    told = left;
    if (left === 0) {
      clearInterval(timer);
      onOver();
    }
  };
  timer = setInterval(tick, 1000);
  tick();
}

/* what the server says is left counts; more time is told */
function learn(left) {
  if (!clock || typeof left !== "number") { return; }
  const more = left - secondsLeft();
  if (Math.abs(more) > 3) { endsAt = performance.now() + left * 1000; }
  if (more > WORTH_TELLING) { notice(fill(words.added, Math.round(more / MINUTE) || 1)); }
}

/* ---- what has not reached the server yet: {position: {seq, answer, loaded, elapsed}}, in the order of seq;
   loaded is the server's time as of the page, elapsed the milliseconds since, by a clock nobody can set ---- */
const storeName = exam && `exam-${exam.dataset.exam}`;
let memory = {};
const queue = {
  read() {
    try {
      const kept = JSON.parse(localStorage.getItem(storeName) || "null");
      return kept && kept.epoch === exam.dataset.epoch ? kept.items : {};
    } catch { return memory; }
  },
  write(items) {
    memory = items;
    try {
      if (Object.keys(items).length) {
        localStorage.setItem(storeName, JSON.stringify({ epoch: exam.dataset.epoch, at: Date.now(), items }));
      } else { localStorage.removeItem(storeName); }
    } catch { /* private mode: kept while the page is open */ }
  },
  put(position, item) { queue.write({ ...queue.read(), [position]: item }); },
  numbers() { return Object.keys(queue.read()).map(Number).sort((a, b) => a - b).join(words.list_comma); },
  drop(position, seq) {
    const items = queue.read();
    if (!items[position] || items[position].seq !== seq) { return; }
    delete items[position];
    queue.write(items);
  },
  first() {
    const entries = Object.entries(queue.read()).sort((a, b) => a[1].seq - b[1].seq);
    return entries.length ? { position: Number(entries[0][0]), ...entries[0][1] } : null;
  },
  size() { return Object.keys(queue.read()).length; },
};

/* The exam was moved here from this very device (signed in again): what waits goes up under the new epoch. From another
   device it may have been answered since: then it is told, not sent. */
function adopt() {
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(storeName) || "null"); } catch { return; }
  if (!kept || kept.epoch === exam.dataset.epoch) { return; }
  const items = Object.entries(kept.items).sort((a, b) => a[1].seq - b[1].seq);
  queue.write({});
  if (Number(kept.epoch) === Number(exam.dataset.epoch) - 1) {
    items.forEach(([n, item]) => {
      queue.put(n, { ...item, seq });
      seq += 1;
    });
  } else if (items.length) { notice(fill(words.lost, items.map(([n]) => n).join(words.list_comma))); }
}

/* what is left of an exam of another day is of no use to anybody */
function sweepDevice() {
  try {
    Object.keys(localStorage).filter((key) => /^exam-\d+$/.test(key)).forEach((key) => {
      const kept = JSON.parse(localStorage.getItem(key));
      if (!(Date.now() - kept.at < DAY)) { localStorage.removeItem(key); }
    });
  } catch { /* private mode */ }
}

/* ---- what the page says ---- */
function say(text, isLocal = false) {
  const place = document.querySelector("[data-saved]");
  place.textContent = text;
  place.closest(".saved").classList.toggle("is-local", isLocal);
}

function notice(text, { canMove = false, link = null } = {}) {
  const box = document.querySelector("[data-notice]");
  const place = box.querySelector("[data-notice-text]");
  place.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    [anchor.href, anchor.textContent] = link;
    place.append(" ", anchor);
  }
  const move = box.querySelector("[data-move]");
  if (move) {
    move.hidden = !canMove;
    move.elements.n.value = String(here);
  }
  box.hidden = false;
}

let isReadOnly = false;
let isDone = false; // the server takes nothing more from here
function lock(isLocked = true) {
  isReadOnly = isLocked;
  all("[data-question-form] input, [data-question-form] textarea, .flagbtn").forEach((part) => { part.disabled = isLocked; });
}

/* nothing more is taken: say why, and which changes were not kept */
function close(sentence, { canMove = false, link = null } = {}) {
  const lost = queue.size() ? fill(words.lost, queue.numbers()) : "";
  isDone = true;
  queue.write({});
  lock();
  notice(`${sentence}${lost}`, { canMove, link });
  if (lost) { say(words.not_kept, true); }
  return lost;
}

/* ---- sending, one at a time, in order ---- */
let seq = exam ? Number(exam.dataset.seq) : 0;
let isSending = false;
let failures = 0;
let timer = 0;
let sentSinceLoss = 0;
let lateOnes = 0;

async function post(item) {
  const giveUp = new AbortController();
  const limit = setTimeout(() => giveUp.abort(), LONGEST_TRY);
  try {
    return await fetch(exam.dataset.save, {
      method: "POST",
      credentials: "same-origin",
      signal: giveUp.signal,
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({
        ...item.answer, position: item.position, seq: item.seq, epoch: Number(exam.dataset.epoch),
        loaded: item.loaded, elapsed: item.elapsed,
      }),
    });
  } finally { clearTimeout(limit); }
}

/* true: go on with the next one; false: stop for now */
async function send(item) {
  const answer = await post(item);
  const told = await answer.json().catch(() => ({}));
  if (answer.ok) {
    queue.drop(item.position, item.seq);
    sentSinceLoss += 1;
    if (told.late) { lateOnes += 1; }
    say(fill(words.saved, told.saved_at));
    learn(told.left);
    return true;
  }
  if (told.state === "overtaken") {
    seq = Math.max(seq, told.next_seq);
    const kept = queue.read()[item.position];
    if (kept && kept.seq === item.seq) {
      queue.put(item.position, { ...kept, seq });
      seq += 1;
    }
    return true;
  }
  if (answer.status === 401) {
    notice(words.signed_out, { link: [exam.dataset.signIn, words.sign_in] });
    say(words.local, true);
    return false;
  }
  if (told.state === "moved" || told.state === "closed") {
    close(told.sentence, { canMove: told.state === "moved", link: told.state === "closed" ? [exam.dataset.result, words.result] : null });
    return false;
  }
  if (told.state === "refused" || answer.status === 403 || answer.status === 404) {
    queue.drop(item.position, item.seq);
    notice(told.sentence || "");
    return true;
  }
  throw new Error(`status ${answer.status}`);
}

function lost() {
  failures += 1;
  say(words.local, true);
  root.classList.add("is-offline");
  clearTimeout(timer);
  timer = setTimeout(flush, RETRY[Math.min(failures, RETRY.length) - 1]);
}

function found() {
  if (failures && sentSinceLoss) { say(fill(words.back, sentSinceLoss)); }
  failures = 0;
  sentSinceLoss = 0;
  root.classList.remove("is-offline");
}

async function flush() {
  if (!exam || isSending || isDone) { return; }
  isSending = true;
  clearTimeout(timer);
  if (!failures) { sentSinceLoss = 0; }
  try {
    for (let item = queue.first(); item; item = queue.first()) {
      if (!(await send(item))) { return; }
    }
    found();
  } catch { lost(); } finally { isSending = false; }
}

/* everything sent, or what is known after a while */
async function settled(patience) {
  const until = performance.now() + patience;
  flush();
  while (queue.size() && !isDone && performance.now() < until) { await sleep(50); }
  return queue.size() === 0;
}

/* ---- one question ---- */
const place = document.querySelector("[data-place]");
const forms = new Map();
let here = 0;
const form = () => forms.get(here);
const total = exam ? Number(exam.dataset.total) : 0;
const addressOf = (n) => exam.dataset.question.replace(/0$/, String(n));

function answerOf(from) {
  const text = from.querySelector("[name=text]");
  const flagged = from.elements.flagged.value === "1";
  if (text) { return { text: text.value, flagged }; }
  return { chosen: all("[name=choice]:checked", from).map((box) => box.value), flagged };
}

function show(from, answer) {
  all("[name=choice]", from).forEach((box) => { box.checked = (answer.chosen || []).includes(box.value); });
  const text = from.querySelector("[name=text]");
  if (text) { text.value = answer.text || ""; }
  showFlag(from, answer.flagged);
}

function showFlag(from, isFlagged) {
  const button = from.querySelector(".flagbtn");
  from.elements.flagged.value = isFlagged ? "1" : "0";
  button.setAttribute("aria-pressed", String(isFlagged));
  button.querySelector("span").textContent = isFlagged ? words.flagged : words.flag;
}

/* navigator, counts and bar follow what is answered here */
function mark(position, answer) {
  const isDone = Boolean((answer.chosen || []).length || (answer.text || "").trim());
  all(`[data-cell="${position}"]`).forEach((cell) => {
    cell.classList.toggle("a", isDone);
    cell.classList.toggle("f", Boolean(answer.flagged));
  });
  paint();
}

function paint() {
  all("[data-cell]").forEach((cell) => {
    const isHere = Number(cell.dataset.cell) === here;
    const states = [words[cell.classList.contains("a") ? "done" : "blank"]];
    if (cell.classList.contains("f")) { states.push(words.flagged); }
    if (isHere) { states.push(words.current); }
    cell.classList.toggle("cur", isHere);
    if (isHere) { cell.setAttribute("aria-current", "true"); } else { cell.removeAttribute("aria-current"); }
    cell.setAttribute("aria-label", [fill(words.question, cell.dataset.cell), ...states].join(words.comma));
  });
  const answered = all(".sheet [data-cell].a").length;
  all("[data-answered]").forEach((one) => { one.textContent = fill(words.answered, answered, total); });
  all("[data-answered-short]").forEach((one) => { one.textContent = fill(words.sheet, answered, total); });
  const bar = document.querySelector(".examprog");
  bar.setAttribute("aria-valuenow", String(answered));
  bar.firstElementChild.style.width = `${Math.round((answered * 100) / total)}%`;
}

let typing = 0;
function keep() {
  clearTimeout(typing);
  typing = 0;
  if (isReadOnly) { return; }
  const answer = answerOf(form());
  queue.put(here, { seq, answer, loaded: Number(exam.dataset.loaded), elapsed: Math.round(performance.now() - loaded) });
  seq += 1;
  mark(here, answer);
  if (!failures) { say(words.saving); }
  flush();
}

const keepTyped = () => { if (typing) { keep(); } };

function flag() {
  showFlag(form(), form().elements.flagged.value !== "1");
  keep();
}

/* ---- from question to question ---- */
function open(n, { isBack = false, focus = true } = {}) {
  keepTyped();
  const next = forms.get(n);
  if (!next) { return false; }
  form().replaceWith(next);
  here = n;
  if (!isBack) { history.pushState({ n }, "", addressOf(n)); }
  document.title = document.title.replace(/^[^·]*/, `${fill(words.question, n)} `);
  all(".exambottom [data-step]").forEach((button) => {
    const target = n + Number(button.dataset.step);
    button.setAttribute("form", next.id);
    button.disabled = target < 1;
    button.value = target > total ? "check" : String(target);
  });
  all("[data-last]").forEach((one) => { one.hidden = n < total; });
  all("[data-not-last]").forEach((one) => { one.hidden = n >= total; });
  all("[form^=answer-]").forEach((button) => { button.setAttribute("form", next.id); });
  paint();
  all(".flashes").forEach((one) => one.remove());
  window.scrollTo(0, 0);
  if (focus) { next.querySelector("h1").focus({ preventScroll: true }); }
  return true;
}

async function go(target, button) {
  keepTyped();
  if (target !== "check" && open(Number(target))) { return; }
  const isSent = await settled(navigator.onLine ? 4000 : 300);
  if (isDone) { return; }
  if (!navigator.onLine || (!isSent && failures)) {
    notice(queue.size() ? fill(words.waiting, queue.size()) : words.no_network);
  } else if (isSent) {
    window.location.assign(target === "check" ? exam.dataset.check : addressOf(target));
  } else if (button) { button.form.submit(); }
}

/* the other questions, so that the network may go away; held by this page alone */
async function fetchPaper() {
  const answer = await fetch(exam.dataset.paper, { credentials: "same-origin" });
  if (!answer.ok) { return; }
  const holder = document.createElement("template");
  holder.innerHTML = await answer.text();
  all("[data-question-form]", holder.content).forEach((one) => {
    const n = Number(one.dataset.questionForm);
    if (!forms.has(n)) { forms.set(n, prepare(document.adoptNode(one))); }
  });
  Object.entries(queue.read()).forEach(([n, item]) => { if (Number(n) !== here && forms.has(Number(n))) { show(forms.get(Number(n)), item.answer); } });
}

function prepare(one) {
  all("[data-keys-hint]", one).forEach((hint) => { hint.hidden = root.dataset.keys === "off"; });
  if (isReadOnly) { all("input, textarea, .flagbtn", one).forEach((part) => { part.disabled = true; }); }
  return one;
}

/* ---- the server's clock, once a minute ---- */
async function ask() {
  const answer = await fetch(exam.dataset.time, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (answer.status === 401) {
    notice(words.signed_out, { link: [exam.dataset.signIn, words.sign_in] });
    return null;
  }
  if (!answer.ok) { throw new Error(`status ${answer.status}`); }
  return answer.json();
}

async function poll() {
  if (isDone || isOver || !navigator.onLine) { return; }
  const told = await ask().catch(() => null);
  if (!told || isDone || isOver) { return; }
  if (!told.is_open) { close(words.closed, { link: [exam.dataset.result, words.result] }); } else if (!told.is_here) { close(words.moved, { canMove: true }); } else {
    learn(told.left);
    if (queue.size()) { flush(); }
  }
}

/* ---- handing in ---- */
let isOver = false;

/* the server decides whether time is up; answers from before that go up first, then the paper is handed in */
async function over() {
  isOver = true;
  keepTyped();
  lock();
  say(words.over, true);
  await sleep(1200); // be a little later than the server
  for (;;) {
    try {
      const told = await ask();
      if (!told) { return; }
      if (told.is_open && told.left > 0) {
        isOver = false;
        lock(false);
        learn(told.left);
        startClock(over);
        return;
      }
      if (told.is_open && !(await settled(8000)) && !isDone) { throw new Error("answers wait"); }
      if (isDone) { return; } // it was told what was not kept
      if (!told.is_open && queue.size()) {
        close(words.closed, { link: [exam.dataset.result, words.result] });
        return;
      }
      const answer = await fetch(document.getElementById("hand-in").action, { method: "POST", credentials: "same-origin", headers: { Accept: "text/html" } });
      if (answer.ok || answer.status === 404) {
        queue.write({});
        window.location.assign(answer.ok ? answer.url : "/exams");
        return;
      }
    } catch { /* no network yet */ }
    root.classList.add("is-over"); // "go on answering" no longer holds
    notice(queue.size() ? fill(words.over_waiting, queue.size()) : words.over_offline);
    await sleep(5000);
  }
}

/* the page that says time is up: what this device still holds goes up in the grace */
async function sendLate() {
  if (!queue.size()) { return; }
  const isSent = await settled(8000);
  if (isSent && !isDone && lateOnes) { notice(fill(words.late, lateOnes)); }
}

async function handIn(event) {
  const sent = event.target;
  if (isDone || queue.size() === 0) { return; }
  event.preventDefault();
  if (await settled(5000)) { sent.submit(); } else if (!isDone) { notice(fill(words.waiting, queue.size())); }
}

/* ---- start ---- */
function startQuestion() {
  const first = document.querySelector("[data-question-form]");
  here = Number(first.dataset.questionForm);
  forms.set(here, prepare(first));
  history.replaceState({ n: here }, "");
  const waiting = queue.read();
  Object.entries(waiting).forEach(([n, item]) => { mark(Number(n), item.answer); seq = Math.max(seq, item.seq + 1); });
  if (waiting[here]) { show(first, waiting[here].answer); }
  place.addEventListener("change", (event) => { if (event.target.name === "choice") { keep(); } });
  place.addEventListener("input", (event) => {
    if (event.target.name !== "text") { return; }
    clearTimeout(typing);
    typing = setTimeout(keep, TYPING);
  });
  place.addEventListener("focusout", keepTyped);
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    go(here < total ? String(here + 1) : "check");
  });
  window.addEventListener("popstate", (event) => { if (event.state && event.state.n) { open(event.state.n, { isBack: true }); } });
  fetchPaper().catch(() => { /* each question is still a page of its own */ });
}

document.addEventListener("click", (event) => {
  if (!exam || !place) { return; }
  const button = event.target.closest("button[name=go]");
  const cell = event.target.closest("a[data-cell]");
  if (button && button.classList.contains("flagbtn")) {
    event.preventDefault();
    if (!isReadOnly) { flag(); }
  } else if (button) {
    event.preventDefault();
    go(button.value, button);
  } else if (cell && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const sheet = cell.closest("dialog");
    if (sheet) { sheet.close(); }
    go(cell.dataset.cell, null);
  }
});

document.addEventListener("keydown", (event) => {
  if (!place || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || root.dataset.keys === "off") { return; }
  if (document.querySelector("dialog[open]") || event.target.matches("input[type=text], textarea, select")) { return; }
  const key = event.key.toUpperCase();
  const boxes = all("[name=choice]", form());
  const chosen = key.length === 1 ? "ABCDEF".indexOf(key) : -1;
  const step = { ARROWLEFT: -1, ARROWRIGHT: 1 }[key];
  if (chosen >= 0 && boxes[chosen] && !isReadOnly) { boxes[chosen].click(); boxes[chosen].focus(); } else if (key === "M" && !isReadOnly) { flag(); } else if (key === "T" && clock) { sayTime(); } else if (step && here + step >= 1 && here + step <= total) { go(String(here + step), null); } else { return; }
  event.preventDefault();
});

if (exam) {
  sweepDevice();
  adopt();
  if (place) { startQuestion(); }
  all("form[action]").forEach((one) => { if (one.action === document.getElementById("hand-in").action) { one.addEventListener("submit", handIn); } });
  window.addEventListener("online", flush);
  if (clock) { setInterval(poll, POLL); }
  window.addEventListener("offline", () => root.classList.add("is-offline"));
  window.addEventListener("pagehide", keepTyped);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { window.location.reload(); } });
  window.addEventListener("beforeunload", (event) => { if (queue.size() && !isOver && failures) { event.preventDefault(); } });
  if (exam.hasAttribute("data-over")) { sendLate(); } else { flush(); }
}

/* the way over from another device: what this one holds and will not send */
const leftBehind = document.querySelector("[data-left-behind]");
if (leftBehind) {
  try {
    const kept = JSON.parse(localStorage.getItem(leftBehind.dataset.leftBehind) || "null");
    if (kept && kept.epoch !== leftBehind.dataset.epoch && Object.keys(kept.items).length) {
      leftBehind.textContent = fill(leftBehind.dataset.words, Object.keys(kept.items).join("、"));
      leftBehind.hidden = false;
    }
  } catch { /* private mode */ }
}
if (clock) { startClock(exam ? over : () => window.location.reload()); }
