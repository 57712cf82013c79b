// Keys for marking: digits give points in the criterion one is in, J and K go from criterion to criterion, Ctrl+Enter saves.
// The form is complete without them.

const form = document.querySelector("[data-marking]");
const isOff = document.documentElement.dataset.keys === "off";
if (form) {
  const rows = [...form.querySelectorAll("[data-criterion]")];
  const hint = form.querySelector("[data-keys-hint]");
  let here = 0;
  const go = (place) => {
    here = Math.min(rows.length - 1, Math.max(0, place));
    const part = rows[here].querySelector("input:checked") || rows[here].querySelector("input");
    part.focus();
  };
  rows.forEach((row, place) => row.addEventListener("focusin", () => { here = place; }));
  if (hint && !isOff) { hint.hidden = false; }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit();
      return;
    }
    const isTyping = event.target.matches("textarea, select, input:not([type=radio])");
    if (isOff || isTyping || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) { return; }
    const key = event.key.toLowerCase();
    if (key === "j" || key === "k") {
      go(here + (key === "j" ? 1 : -1));
    } else if (/^[0-9]$/.test(event.key)) {
      const choice = rows[here] && rows[here].querySelector(`input[type=radio][value="${event.key}"]`);
      if (choice) {
        choice.checked = true;
        go(here + 1);
      }
    }
  });
}
