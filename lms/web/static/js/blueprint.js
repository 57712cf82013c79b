// Comfort for 组卷蓝图: totals follow what is typed. 重新计算 does the same on the server, which decides.

const form = document.querySelector("[data-blueprint]");
const all = (selector) => [...form.querySelectorAll(selector)];
const number = (field) => (/^\d+$/.test(field.value.trim()) ? Number(field.value) : 0);
const sum = (values) => values.reduce((a, b) => a + b, 0);
const put = (name, value) => all(`[data-total="${name}"]`).forEach((one) => { one.textContent = value; });

function reckon() {
  const fields = all("[data-type]");
  let points = 0;
  let seconds = 0;
  all("[data-column-total]").forEach((total) => {
    const type = total.dataset.columnTotal;
    const column = fields.filter((field) => field.dataset.type === type);
    const count = sum(column.map(number));
    const named = sum(column.filter((field) => !("free" in field.dataset)).map(number));
    const each = Number(form.querySelector(`[data-points="${type}"]`).value.trim());
    total.textContent = count;
    points += count * (each > 0 ? each : 0);
    seconds += count * Number(total.dataset.seconds);
    column.forEach((field) => {
      const has = "free" in field.dataset ? Math.max(0, Number(total.dataset.available) - named) : Number(field.dataset.available);
      const isShort = number(field) > has;
      const note = document.getElementById(`${field.id}-has`);
      field.closest(".cellbox").classList.toggle("is-short", isShort);
      note.textContent = (isShort ? form.dataset.short : form.dataset.has).replace("%a", number(field)).replace("%b", has);
    });
  });
  const rows = new Map();
  fields.forEach((field) => { rows.set(field.dataset.row, (rows.get(field.dataset.row) || 0) + number(field)); });
  rows.forEach((count, row) => { form.querySelector(`[data-row-total="${row}"]`).textContent = count; });
  const named = new Set(fields.filter((field) => !("free" in field.dataset) && number(field)).map((field) => field.dataset.row));
  points = Math.round(points * 100) / 100;
  put("count", sum([...rows.values()]));
  put("points", points);
  put("minutes", Math.ceil(seconds / 60));
  put("covered", named.size);
  all("[data-not-full]").forEach((note) => { note.hidden = points === Number(form.dataset.full); });
}

if (form) { form.addEventListener("input", reckon); }
