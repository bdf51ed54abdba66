"use strict";
const form = document.forms[0], articles = [...document.querySelectorAll("article")];
const chosen = name => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map(i => i.value));
function filter() {
  const tiers = chosen("tier"), checks = chosen("check"), path = form.elements.path.value.toLowerCase();
  let count = 0;
  for (const a of articles) {
    const show = tiers.has(a.dataset.tier) && checks.has(a.dataset.check) && a.dataset.path.toLowerCase().includes(path);
    a.hidden = !show;
    count += show;
  }
  document.getElementById("count").textContent = count;
  document.getElementById("none").hidden = count > 0;
}
form.addEventListener("input", filter);
form.addEventListener("submit", e => e.preventDefault());
// A double click on one choice leaves only that one, or all again.
form.addEventListener("dblclick", e => {
  const label = e.target.closest("label");
  if (!label) return;
  const all = [...label.parentNode.querySelectorAll("input")], only = label.querySelector("input");
  const alone = all.every(i => i.checked === (i === only));
  for (const i of all) i.checked = alone || i === only;
  filter();
});
for (const page of document.querySelectorAll("details.page"))
  page.addEventListener("toggle", () => {
    if (page.open && page.children.length === 1)
      page.append(document.getElementById("page-" + page.dataset.page).content.cloneNode(true));
  });
filter();
