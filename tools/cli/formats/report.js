"use strict";
const form = document.forms[0], articles = [...document.querySelectorAll("article")];
const boxes = name => [...form.querySelectorAll(`[name=${name}]`)];
const keys = ["tier", "hidden", "check"].filter(name => boxes(name).length);
// Returns true if exactly this one of its group is chosen.
const alone = box => boxes(box.name).every(b => b.checked === (b === box));
function filter() {
  const chosen = keys.map(name => new Set(boxes(name).filter(b => b.checked).map(b => b.value)));
  const path = form.elements.path.value.toLowerCase();
  let count = 0;
  for (const a of articles) {
    const show = keys.every((name, i) => chosen[i].has(a.dataset[name])) && a.dataset.path.toLowerCase().includes(path);
    a.hidden = !show;
    count += show;
  }
  document.getElementById("count").textContent = count;
  document.getElementById("none").hidden = count > 0;
  for (const button of form.querySelectorAll("button"))
    button.setAttribute("aria-pressed", alone(button.parentNode.querySelector("input")));
}
form.addEventListener("input", filter);
form.addEventListener("submit", e => e.preventDefault());
form.addEventListener("click", e => {
  if (e.target.tagName !== "BUTTON") return;
  const only = e.target.parentNode.querySelector("input"), all = alone(only);
  for (const box of boxes(only.name)) box.checked = all || box === only;
  filter();
});
for (const page of document.querySelectorAll("details.page"))
  page.addEventListener("toggle", () => {
    if (page.open && page.children.length === 1)
      page.append(document.getElementById("page-" + page.dataset.page).content.cloneNode(true));
  });
// On a phone the filters wait until they are wanted.
if (matchMedia("(max-width: 40rem)").matches) document.querySelector(".filters").open = false;
filter();
