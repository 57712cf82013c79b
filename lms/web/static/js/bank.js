// Comfort for the question bank: keys for the list, saving by Ctrl+S, a count of what is ticked. The page is whole without it.

const list = document.querySelector(".qlist");
const form = () => document.querySelector("[data-question-form]");
const boxes = () => [...document.querySelectorAll(".qlist input[name=pick]")];
const typing = (target) => target.closest('input:not([type="radio"]):not([type="checkbox"]), textarea, select, [contenteditable]');

/* what is ticked */
const all = document.querySelector("[data-all]");
const words = document.querySelector("[data-picked]");
const count = () => {
  const ticked = boxes().filter((box) => box.checked).length;
  words.textContent = words.dataset.picked.replace("{n}", ticked);
  all.checked = ticked > 0 && ticked === boxes().length;
  all.indeterminate = ticked > 0 && ticked < boxes().length;
};
if (all && list) {
  all.hidden = false;
  all.addEventListener("change", () => { boxes().forEach((box) => { box.checked = all.checked; }); count(); });
  list.addEventListener("change", count);
  count();
}

/* keys: J K move in the list and open, X ticks, E goes to the editor; Ctrl+S saves, Ctrl+Enter sends to review */
const links = () => [...document.querySelectorAll(".qlist__t")];
const here = () => links().findIndex((link) => link === document.activeElement || link.hasAttribute("aria-current"));
document.addEventListener("keydown", (event) => {
  if (event.isComposing || document.querySelector("dialog[open]")) { return; }
  if ((event.ctrlKey || event.metaKey) && !event.altKey) {
    const button = event.key.toLowerCase() === "s" ? "[data-save]" : event.key === "Enter" ? "[data-send]" : null;
    const found = button && form() && form().querySelector(button);
    if (found) { event.preventDefault(); form().requestSubmit(found); }
    return;
  }
  if (event.altKey || document.documentElement.dataset.keys === "off" || typing(event.target)) { return; }
  const key = event.key.toLowerCase();
  const focused = links().indexOf(document.activeElement);
  const at = focused >= 0 ? focused : here();
  if (key === "j" || key === "k") {
    const next = links()[Math.max(0, at + (key === "j" ? 1 : -1))];
    if (next) { event.preventDefault(); next.focus(); next.scrollIntoView({ block: "nearest" }); }
  } else if (key === "x" && links()[at]) {
    const box = links()[at].closest("li").querySelector("input");
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (key === "e" && form()) {
    const stem = form().querySelector("#stem");
    if (focused >= 0 && !links()[focused].hasAttribute("aria-current")) { links()[focused].click(); return; }
    if (stem && !stem.matches(":disabled")) { event.preventDefault(); stem.focus(); }
  }
});

/* leaving with unsaved words asks first */
let dirty = Boolean(document.querySelector("[data-dirty]"));
document.addEventListener("input", (event) => { if (form() && form().contains(event.target)) { dirty = true; } });
document.addEventListener("submit", (event) => { if (event.target === form()) { dirty = false; } });
window.addEventListener("beforeunload", (event) => { if (dirty) { event.preventDefault(); } });

/* the toolbar above the stem */
const bar = (root) => root.querySelectorAll("[data-toolbar]").forEach((one) => { one.hidden = false; });
bar(document);
document.addEventListener("htmx:afterSwap", () => bar(document));
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toolbar] button");
  const stem = button && document.getElementById("stem");
  if (!stem) { return; }
  const [from, to] = [stem.selectionStart, stem.selectionEnd];
  const chosen = stem.value.slice(from, to);
  let made = chosen;
  if (button.dataset.wrap) { made = button.dataset.wrap + chosen + button.dataset.wrap; }
  if (button.dataset.line) { made = chosen.split("\n").map((line) => button.dataset.line + line).join("\n"); }
  if (button.dataset.block) { made = `${button.dataset.block}\n${chosen}\n:::\n\n`; }
  stem.setRangeText(made, from, to, "end");
  stem.focus();
  stem.dispatchEvent(new Event("input", { bubbles: true }));
});
