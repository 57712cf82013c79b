// Comfort for the shells. Every page is complete without it.

const typing = (target) => target.closest('input:not([type="radio"]):not([type="checkbox"]), textarea, select, [contenteditable]');

/* menus: close on Escape and on a click elsewhere */
const menus = () => document.querySelectorAll("details[data-menu][open]");
document.addEventListener("click", (event) => {
  menus().forEach((menu) => { if (!menu.contains(event.target)) { menu.open = false; } });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") { return; }
  menus().forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

/* errors: the summary takes the focus when the page opens; its links go into the fields */
const summary = document.querySelector("[data-autofocus]");
if (summary) { summary.focus(); }
document.addEventListener("click", (event) => {
  const link = event.target.closest(".errsum a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
  if (!field) { return; }
  event.preventDefault();
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});

/* the moon follows what is seen when the system decides */
const root = document.documentElement;
const system = window.matchMedia("(prefers-color-scheme: dark)");
document.querySelectorAll("[data-theme-toggle]").forEach((button) => {
  if (root.dataset.theme === "auto" && system.matches) {
    button.value = "light";
    button.setAttribute("aria-pressed", "true");
  }
});

/* passwords can be shown; without script there is no such button */
document.querySelectorAll("input[data-reveal]").forEach((input) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  const paint = () => {
    const hidden = input.type === "password";
    button.textContent = hidden ? input.dataset.reveal : input.dataset.conceal;
    button.setAttribute("aria-pressed", String(!hidden));
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    paint();
  });
  if (input.form) { input.form.addEventListener("submit", () => { input.type = "password"; }); }
  input.after(button);
  paint();
});

/* keys: / search, ? list, g then t k e m; off while typing and with data-keys="off" */
const places = ["t", "k", "e", "m"];
let waiting = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) { return; }
  if (root.dataset.keys === "off" || typing(event.target) || document.querySelector("dialog[open]")) { return; }
  const going = Date.now() - waiting < 1500;
  waiting = 0;
  if (going && places.includes(event.key)) {
    const link = document.querySelector(`[data-key="${event.key}"]`);
    if (link) { event.preventDefault(); link.click(); }
  } else if (event.key === "g") {
    waiting = Date.now();
  } else if (event.key === "/") {
    const field = document.querySelector("input[data-search]");
    const link = document.querySelector("[data-search-link]");
    if (field || link) { event.preventDefault(); }
    if (field) { field.focus(); field.select(); } else if (link) { link.click(); }
  } else if (event.key === "?") {
    const keys = document.getElementById("keys");
    if (keys && keys.showModal) { event.preventDefault(); keys.showModal(); }
  }
});
