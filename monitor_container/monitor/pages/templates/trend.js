(() => {
const table = document.getElementById("windows");
const from = +table.dataset.from, to = +table.dataset.to;
const columns = [...table.tHead.rows[0].cells];
const rows = [...table.tBodies[0].rows].reverse();
const charts = [...document.querySelectorAll(".chart")];
const pick = id => document.getElementById(id)?.value || "";
const shownRows = chart => rows.filter(row => row.dataset.v === chart.dataset.v && !row.hidden);
const area = chart => chart.querySelector("svg .background").getBoundingClientRect();
const say = (chart, row) => {
const column = columns.findIndex(cell => cell.dataset.m === chart.dataset.m);
const cell = row.cells[column], verdict = columns.findIndex(c => c.textContent === "Verdict");
const between = cell.title ? ` (${cell.title})` : "";
const version = row.cells[columns.length - 1];
const again = version.title ? `; version ${version.textContent}: ${version.title}` : "";
return `${row.cells[0].textContent} UTC: ${cell.textContent}${between}, ${row.cells[verdict].textContent}${again}`;
};
const point = (chart, row) => {
const plot = chart.querySelector(".plot"), inner = area(chart), outer = plot.getBoundingClientRect();
let cursor = plot.querySelector(".cursor");
if (!cursor) {
cursor = document.createElement("div");
cursor.className = "cursor";
plot.append(cursor);
}
cursor.style.left = `${inner.left - outer.left + inner.width * (row.dataset.t - from) / (to - from)}px`;
cursor.style.top = `${inner.top - outer.top}px`;
cursor.style.height = `${inner.height}px`;
const text = say(chart, row), plotted = shownRows(chart);
chart.querySelector(".reading").textContent = text;
plot.setAttribute("aria-valuenow", plotted.indexOf(row));
plot.setAttribute("aria-valuetext", text);
chart.at = row;
};
const nearest = (chart, x) => {
const inner = area(chart), time = from + (to - from) * (x - inner.left) / inner.width;
return shownRows(chart).reduce((best, row) =>
best && Math.abs(best.dataset.t - time) <= Math.abs(row.dataset.t - time) ? best : row, null);
};
const keys = {ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e9, End: 1e9};
for (const chart of charts) {
const plot = chart.querySelector(".plot");
plot.tabIndex = 0;
plot.setAttribute("role", "slider");
plot.setAttribute("aria-label", [...chart.querySelector("figcaption").childNodes].map(part => part.textContent).concat("window by window").join(", "));
plot.setAttribute("aria-valuemin", 0);
plot.addEventListener("pointermove", event => {
const row = nearest(chart, event.clientX);
if (row) point(chart, row);
});
plot.addEventListener("focus", () => {
const some = shownRows(chart);
if (some.length) point(chart, some.includes(chart.at) ? chart.at : some[some.length - 1]);
});
plot.addEventListener("keydown", event => {
const step = keys[event.key], some = shownRows(chart);
if (!step || !some.length) return;
event.preventDefault();
const place = some.indexOf(chart.at);
point(chart, some[Math.max(0, Math.min(some.length - 1, (place < 0 ? some.length - 1 : place) + step))]);
});
}
const dim = (chart, start) => {
const plot = chart.querySelector(".plot"), inner = area(chart), outer = plot.getBoundingClientRect();
plot.querySelector(".dim")?.remove();
if (start === null) return;
const cover = document.createElement("div");
cover.className = "dim";
cover.style.left = `${inner.left - outer.left}px`;
cover.style.top = `${inner.top - outer.top}px`;
cover.style.height = `${inner.height}px`;
cover.style.width = `${inner.width * Math.max(0, start - from) / (to - from)}px`;
plot.append(cover);
};
const filter = () => {
const metric = pick("metric"), variant = pick("variant"), many = +pick("time");
const times = [...new Set(rows.map(row => +row.dataset.t))].sort((a, b) => a - b);
const first = many && times.length > many ? times[times.length - many] : null;
const before = first === null ? null : (first + times[times.length - many - 1]) / 2;
for (const row of rows) {
row.hidden = (variant && row.dataset.v !== variant) || (first !== null && row.dataset.t < first);
}
for (const chart of charts) {
chart.hidden = (metric && chart.dataset.m !== metric) || (variant && chart.dataset.v !== variant);
if (!chart.hidden) {
dim(chart, before);
const some = shownRows(chart), plot = chart.querySelector(".plot");
plot.setAttribute("aria-valuemax", Math.max(some.length - 1, 0));
plot.setAttribute("aria-valuenow", Math.max(some.length - 1, 0));
}
}
columns.forEach((column, place) => {
const own = column.dataset.m || "";
const hidden = Boolean(metric) && own.startsWith("m") && own !== metric;
column.hidden = hidden;
for (const row of rows) row.cells[place].hidden = hidden;
});
};
const controls = document.getElementById("controls");
controls.hidden = false;
controls.addEventListener("change", filter);
controls.addEventListener("submit", event => event.preventDefault());
addEventListener("resize", filter);
filter();
})();
