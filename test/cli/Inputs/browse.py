#!/usr/bin/env python3
"""Opens a report in headless Chromium, uses its filters, and prints what is then to be seen: browse.py FILE [WIDTH]"""
import re
import subprocess
import sys
import tempfile

SCRIPT = """
const out = [], errors = [];
window.addEventListener("error", e => errors.push(e.message));
const say = what => {
  const all = [...document.querySelectorAll("article")], seen = all.filter(a => a.checkVisibility());
  out.push(`${what}: ${seen.length} of ${all.length} articles, count ${document.getElementById("count").textContent}` +
           (document.getElementById("none").checkVisibility() ? ", nothing to show" : ""));
};
const type = text => {
  const field = document.querySelector("input[name=path]");
  field.value = text;
  field.dispatchEvent(new Event("input", {bubbles: true}));
};
const click = value => document.querySelector(`input[value="${value}"]`).click();
say("shown");
const filters = document.querySelector(".filters");
out.push(`filters: ${filters.open ? "open" : "closed"}, header ${Math.round(100 * document.querySelector(".top").offsetHeight / innerHeight) < 20 ? "below" : "above"} a fifth of the height`);
filters.open = true;
const steps = [];
let line = "";
for (const row of document.querySelector("article").querySelectorAll("tr"))
  if (row.classList.contains("say")) steps.push(`${line} ${row.textContent.trim()}`);
  else line = row.querySelector(".n")?.textContent;
out.push("steps of the first: " + steps.join(" | "));
type("journal"); say('path "journal"');
type("no such"); say('path "no such"');
type("");
click("heddle-double-fulfilment"); say("without heddle-double-fulfilment"); click("heddle-double-fulfilment");
const only = value => document.querySelector(`input[value="${value}"]`).closest(".choice").querySelector("button").click();
only("heddle-wait-before-spawn"); say("only heddle-wait-before-spawn"); only("heddle-wait-before-spawn"); say("all again");
click("bug"); say("without tier bug"); click("bug");
const page = document.querySelector("article details.page");
page.open = true;
setTimeout(() => {
  out.push("page: " + [...page.querySelectorAll("h3, p")].slice(0, 2).map(e => e.textContent).join(" "));
  out.push("wider than the window: " + (document.documentElement.scrollWidth > innerWidth));
  out.push("errors: " + (errors.join("; ") || "none"));
  document.body.innerHTML = "<pre id=told></pre>";
  document.getElementById("told").textContent = out.join("\\n");
}, 100);
"""

with open(sys.argv[1], encoding="utf-8") as f:
    page = f.read()
with tempfile.TemporaryDirectory() as folder:
    with open(folder + "/report.html", "w", encoding="utf-8") as f:
        f.write(page.replace("</html>", f"<script>{SCRIPT}</script></html>"))
    done = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/user",
                           f"--window-size={sys.argv[2] if len(sys.argv) > 2 else 800},900", "--virtual-time-budget=5000", "--dump-dom",
                           f"file://{folder}/report.html"],
                          text=True, timeout=120, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
told = re.search(r'<pre id="told">(.*?)</pre>', done.stdout, re.S)
print(told[1] if told else "the page has not run:\n" + done.stdout[-2000:])
