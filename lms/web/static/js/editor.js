// The editor of a lesson: saves while one writes, draws the preview, inserts blocks, pictures and citations, keys.
// Without it every button posts, and the text comes back in the page.

const SAVE_AFTER = 3000;
const PREVIEW_AFTER = 600;
const TRY_AGAIN = 10000;

const publication = document.querySelector("[data-publication]");
if (publication) {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && publication.reportValidity()) {
      event.preventDefault();
      publication.action = publication.dataset.submit;
      publication.submit();
    }
  });
}

const form = document.querySelector("[data-editor]");
if (form) { edit(form); }

function edit(form) {
  const say = form.dataset;
  const text = form.elements.source;
  const state = form.querySelector("[data-state] [data-saved]");
  const saved = form.querySelector("[data-state] .saved");
  const conflict = form.querySelector("[data-conflict]");
  const prose = document.querySelector("[data-prose]");
  const isLocked = "locked" in say;
  let dirty = "unsaved" in say;
  let saving = false;
  let leaving = false;
  let stopped = isLocked;
  let saveTimer = 0;
  let previewTimer = 0;
  let previewed = text.value;

  /* bodies are multipart: Chinese in a URL-encoded one is three times as long. The preview: exactly what would be stored, drawn by the server */
  const preview = () => {
    const wanted = text.value;
    if (wanted === previewed) { return; }
    const body = new FormData();
    body.append("source", wanted);
    fetch(say.preview, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((response) => response.json().then((answer) => ({ ok: response.ok, answer })))
      .then(({ ok, answer }) => {
        const said = document.querySelector("[data-preview-said]");
        if (wanted !== text.value) { return; }
        said.textContent = ok ? "" : answer.sentence;
        if (!ok) { return; }
        previewed = wanted;
        prose.innerHTML = answer.html;
        document.querySelector("[data-length]").textContent = answer.words;
      })
      .catch(() => { /* the next change draws it again */ });
  };

  /* saving */
  const show = (words, isLocal) => {
    if (!state) { return; }
    state.textContent = words;
    saved.classList.toggle("is-local", isLocal);
  };
  const fields = () => {
    const body = new FormData();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !["alt", "policy_words"].includes(name)) { body.append(name, value); }
    }
    return body;
  };
  const later = (wait) => { clearTimeout(saveTimer); saveTimer = setTimeout(save, wait); };
  const save = () => {
    clearTimeout(saveTimer);
    if (stopped || saving || !dirty) { return Promise.resolve(!dirty); }
    saving = true;
    dirty = false;
    return fetch(form.action, { method: "POST", body: fields(), headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((response) => response.json().then((answer) => ({ response, answer })))
      .then(({ response, answer }) => {
        saving = false;
        if (response.ok) {
          document.querySelectorAll("[data-revision]").forEach((field) => { field.value = String(answer.revision); });
          show(answer.words, false);
          if (dirty) { later(SAVE_AFTER); }
          return true;
        }
        dirty = true;
        show(response.status === 401 ? say.saySignedOut : answer.sentence, true);
        if (answer.conflict) {
          stopped = true;
          conflict.hidden = false;
          conflict.querySelector("[data-conflict-said]").textContent = answer.sentence;
        } else if (response.status >= 500) {
          later(TRY_AGAIN);
        }
        return false;
      })
      .catch(() => {
        saving = false;
        dirty = true;
        show(say.sayOffline, true);
        later(TRY_AGAIN);
        return false;
      });
  };
  const changed = () => {
    if (isLocked) { return; }
    dirty = true;
    if (!stopped) { show(say.sayChanged, true); }
    later(SAVE_AFTER);
    clearTimeout(previewTimer);
    previewTimer = setTimeout(preview, PREVIEW_AFTER);
  };
  form.addEventListener("input", (event) => {
    if (["alt", "policy_words", "picture"].includes(event.target.name)) { return; }
    if (event.target.name === "title") { document.querySelector("[data-title]").textContent = event.target.value; }
    changed();
  });
  form.addEventListener("focusout", () => { save(); });
  window.addEventListener("online", () => { save(); });
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") { save(); } });
  window.addEventListener("beforeunload", (event) => {
    if (dirty && !leaving && !isLocked) { event.preventDefault(); event.returnValue = say.sayLeave; }
  });
  form.addEventListener("submit", (event) => {
    const by = event.submitter;
    if (by && "save" in by.dataset && !stopped) {
      event.preventDefault();
      dirty = true;
      save();
      return;
    }
    leaving = true;
  });
  document.querySelectorAll("[data-discard]").forEach((button) => button.addEventListener("click", () => { leaving = true; stopped = true; }));

  /* writing into the text as typing does, so that undoing works */
  const put = (piece, from, to) => {
    text.focus();
    text.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, piece)) {
      text.setRangeText(piece, from, to, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const lineStart = (at) => text.value.lastIndexOf("\n", at - 1) + 1;
  const insertBlock = (piece) => {
    const at = text.selectionStart;
    const start = lineStart(at);
    const line = text.value.slice(start, at);
    const from = /^[/／]$/.test(line) ? start : at;
    const before = text.value.slice(0, from);
    const after = text.value.slice(text.selectionEnd);
    const lead = !before || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
    const tail = after.startsWith("\n\n") || !after ? "\n" : after.startsWith("\n") ? "\n" : "\n\n";
    put(lead + piece + tail, from, text.selectionEnd);
  };
  const nextCheck = () => {
    let number = 1;
    while (text.value.includes(`${say.code}-q${number}`)) { number += 1; }
    return `${say.code}-q${number}`.slice(-64);
  };
  const wrap = (left, right) => {
    const { selectionStart: from, selectionEnd: to } = text;
    put(left + text.value.slice(from, to) + right, from, to);
    text.setSelectionRange(from + left.length, to + left.length);
  };
  const marks = {
    bold: () => wrap("**", "**"),
    link: () => { wrap("[", "](https://)"); },
    list: () => {
      const start = lineStart(text.selectionStart);
      const lines = text.value.slice(start, text.selectionEnd).split("\n").map((line) => `- ${line}`).join("\n");
      put(lines, start, text.selectionEnd);
    },
  };

  /* menus */
  const tool = (name) => form.querySelector(`[data-tool="${name}"]`);
  const open = (name) => {
    form.querySelectorAll("[data-tool]").forEach((menu) => { menu.open = menu.dataset.tool === name; });
    const menu = name && tool(name);
    const first = menu && menu.querySelector(".ed__box input:not([type=file]), .ed__box button:not([hidden])");
    if (first) { first.focus(); }
  };
  const find = () => {
    const words = form.elements.policy_words.value;
    fetch(`${say.policies}?q=${encodeURIComponent(words)}`, { credentials: "same-origin" })
      .then((response) => (response.ok ? response.text() : ""))
      .then((html) => { tool("policies").querySelector("[data-found]").innerHTML = html; })
      .catch(() => { show(say.sayOffline, true); });
  };
  const pictureSaid = form.querySelector("[data-picture-said]");
  let pasted = null;
  const uploadPicture = () => {
    const file = pasted || form.elements.picture.files[0];
    if (!form.elements.alt.value.trim()) {
      pictureSaid.textContent = say.sayAlt;
      form.elements.alt.focus();
      return;
    }
    const body = new FormData();
    if (file) { body.append("picture", file, file.name || "picture"); }
    body.append("alt", form.elements.alt.value);
    pictureSaid.textContent = say.sayUploading;
    fetch(say.pictures, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((response) => response.json().then((answer) => ({ response, answer })))
      .then(({ response, answer }) => {
        pictureSaid.textContent = response.ok ? say.sayUploaded : answer.sentence;
        if (!response.ok) { return; }
        pasted = null;
        form.elements.alt.value = "";
        form.elements.picture.value = "";
        open("");
        insertBlock(answer.markdown);
      })
      .catch(() => { pictureSaid.textContent = say.sayOffline; });
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) { return; }
    const data = button.dataset;
    if (button.name === "block") {
      event.preventDefault();
      open("");
      insertBlock(data.text.replace("%CHECK%", nextCheck()));
    } else if (button.name === "cite") {
      event.preventDefault();
      open("");
      insertBlock(say.citation.replace("%REF%", button.value));
    } else if (data.open) {
      open(data.open);
    } else if (data.mark) {
      marks[data.mark]();
    } else if (button.value === "picture") {
      event.preventDefault();
      uploadPicture();
    } else if ("find" in data) {
      event.preventDefault();
      find();
    }
  });
  text.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (!file || isLocked) { return; }
    event.preventDefault();
    pasted = file;
    open("picture");
    pictureSaid.textContent = say.sayPasted;
  });
  text.addEventListener("input", (event) => {
    if (event.isComposing || isLocked) { return; }
    const at = text.selectionStart;
    if (/^[/／]$/.test(text.value.slice(lineStart(at), at)) && event.data && event.inputType === "insertText") { open("blocks"); }
  });

  /* keys */
  form.addEventListener("keydown", (event) => {
    if (event.isComposing) { return; }
    if (event.key === "Enter" && ["policy_words", "alt"].includes(event.target.name)) {
      event.preventDefault();
      if (event.target.name === "alt") { uploadPicture(); } else { find(); }
    } else if (event.key === "Escape" && event.target.closest("[data-tool]")) {
      setTimeout(() => text.focus(), 0);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.isComposing || isLocked) { return; }
    const key = event.key.toLowerCase();
    if (key === "s") {
      event.preventDefault();
      dirty = true;
      save();
    } else if (key === "enter") {
      event.preventDefault();
      leaving = true;
      form.querySelector('[name="next"]').click();
    } else if ((key === "b" || key === "k") && document.activeElement === text) {
      event.preventDefault();
      marks[key === "b" ? "bold" : "link"]();
    }
  });

  /* a narrow screen shows one side at a time */
  const panes = document.querySelector("[data-panes]");
  const sides = document.querySelector("[data-shown]");
  panes.hidden = false;
  sides.classList.add("is-scripted");
  panes.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-pane]");
    if (!chosen) { return; }
    sides.dataset.shown = chosen.dataset.pane;
    panes.querySelectorAll("button").forEach((button) => { button.setAttribute("aria-pressed", String(button === chosen)); });
    preview();
  });
  form.querySelectorAll("[data-marks], [data-scripted]").forEach((part) => { part.hidden = false; });
  form.querySelectorAll("[data-noscript]").forEach((part) => { part.hidden = true; });
  document.querySelector("#preview").addEventListener("submit", (event) => {
    if (event.target.closest("[data-prose]")) { event.preventDefault(); }
  });

  /* a gap of the checklist leads to its line */
  const wanted = Number(say.line);
  if (wanted) {
    const lines = text.value.split("\n");
    const from = lines.slice(0, wanted - 1).join("\n").length + (wanted > 1 ? 1 : 0);
    text.focus();
    text.setSelectionRange(from, from + lines[wanted - 1].length);
    text.scrollTop = Math.max(0, (text.scrollHeight * (wanted - 4)) / lines.length);
  }
}
