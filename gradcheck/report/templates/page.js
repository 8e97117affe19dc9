"use strict";
// The one table that can be sorted: by what stands in the cell, or by its data-value.
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    const column = head.cellIndex, up = head.getAttribute("aria-sort") !== "ascending";
    const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent.trim();
    const order = (a, b) => {
      const x = value(a), y = value(b), numbers = x !== "" && y !== "" && !isNaN(x) && !isNaN(y);
      return numbers ? x - y : x.localeCompare(y);
    };
    const rows = [...body.rows].sort((a, b) => (up ? order(a, b) : order(b, a)));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...rows);
    document.getElementById("sorted").textContent =
      `sorted by ${button.textContent}, ${up ? "ascending" : "descending"}`;
  });
}
// Whoever follows a link to a target wants to see it, and not a closed fold.
const unfold = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target) for (const fold of target.querySelectorAll("details.folded")) fold.open = true;
};
addEventListener("hashchange", unfold);
unfold();
