// Tables that are sorted by the heading of a column, and filtered by what stands above them.

const SCALES = { k: 1e3, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const NUMBER = /([-−+]?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?:e([-+]?\d+))?(?:\s?([kKMGT])(i?)B?(?![A-Za-z]))?/;
const collator = new Intl.Collator("en", { numeric: true });

/** The first number of a text, in whatever unit: of "[488,500, 489,500)" 488500, of "1.02G" 1020000000. */
function number(text) {
  const match = NUMBER.exec(text);
  if (!match) return NaN;
  const [, sign, whole, fraction = "", exponent = "0", scale, binary] = match;
  const size = Number(`${whole.replaceAll(",", "")}${fraction}e${exponent}`);
  const unit = scale ? (binary ? 1024 ** (Math.log10(SCALES[scale]) / 3) : SCALES[scale]) : 1;
  return (sign && sign !== "+" ? -1 : 1) * size * unit;
}

/** Whether a cell says nothing to sort by; such rows come last, whichever way the others go. */
const isSilent = (key) => key === "" || Number.isNaN(key);

const compare = (one, other) => (typeof one === "number" ? one - other : collator.compare(one, other));

function sorted(rows, column, direction, isNumeric) {
  if (direction === "none") return rows;
  const keyed = rows.map((row) => {
    const text = row.cells[column].textContent.trim();
    return { row, key: isNumeric ? number(text) : text };
  });
  const inOrder = direction === "ascending" ? compare : (one, other) => compare(other, one);
  keyed.sort((a, b) => isSilent(a.key) - isSilent(b.key) || inOrder(a.key, b.key));
  return keyed.map(({ row }) => row);
}

/** Put a button into every heading: it sorts upwards, then downwards, then as the page has it. */
function makeSortable(table) {
  const original = [...table.tBodies[0].rows];
  const headings = [...table.tHead.rows[0].cells];
  const next = { none: "ascending", ascending: "descending", descending: "none" };
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const direction = next[heading.getAttribute("aria-sort")];
      for (const each of headings) each.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", direction);
      const isNumeric = heading.classList.contains("number");
      table.tBodies[0].append(...sorted(original, column, direction, isNumeric));
    });
  });
}

/** Show the rows that have every chosen cell and every word searched for, and say how many they are. */
function makeFilterable(controls) {
  const rows = [...controls.parentElement.querySelector("tbody").rows];
  const selects = [...controls.querySelectorAll("select")];
  const search = controls.querySelector("input");
  const count = controls.querySelector("output");
  const texts = new Map(rows.map((row) => [row, [...row.cells].map((cell) => cell.textContent)]));

  function isChosen(row) {
    const cells = texts.get(row);
    const all = cells.join("\n").toLowerCase();
    const words = search.value.toLowerCase().split(/\s+/);
    const has = ({ value, dataset }) => value === "" || cells[dataset.column] === value;
    return selects.every(has) && words.every((word) => all.includes(word));
  }

  function filter() {
    for (const row of rows) row.hidden = !isChosen(row);
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = `${shown} of ${rows.length} ${count.dataset.rows}`;
  }

  controls.addEventListener("input", filter);
  controls.querySelector("button").addEventListener("click", () => {
    for (const control of [...selects, search]) control.value = "";
    filter();
  });
  filter();
  controls.hidden = false;
}

document.querySelectorAll("table").forEach(makeSortable);
document.querySelectorAll(".filters").forEach(makeFilterable);
