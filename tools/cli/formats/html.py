"""One self-contained page: every finding with its code and its story beside the lines, filters, the checks' pages."""
import html
import os

from cli import markdown, where

AROUND = 3  # lines shown above and below each step
HERE = os.path.dirname(os.path.abspath(__file__))


def source(cache, file):
    if file not in cache:
        try:
            with open(file, encoding="utf-8", errors="replace") as f:
                cache[file] = f.read().rstrip("\n").split("\n")
        except OSError:
            cache[file] = None
    return cache[file]


def escape(text):
    return html.escape(str(text), quote=True)


def mark(text, place):
    """The line with the place underlined."""
    before = text.encode()[:place["column"] - 1].decode(errors="replace")
    rest = text[len(before):]
    length = max(1, min(place.get("length") or 1, len(rest)))
    if length == 1:  # a name rather than its first letter
        length = next((i for i, c in enumerate(rest) if not (c.isalnum() or c in "_:")), len(rest)) or 1
    return f"{markdown.code(before)}<mark>{markdown.code(rest[:length])}</mark>{markdown.code(rest[length:])}"


def listing(report, steps, cache):
    """The code of one file around its steps [(number or "", place)]; the steps stand below their lines."""
    file = steps[0][1]["file"]
    lines = source(cache, file)
    at = {}
    for number, place in steps:
        # Where the file has changed since or is not here, the line as it was is all there is.
        if lines is not None and not (place["line"] <= len(lines) and
                                      lines[place["line"] - 1].rstrip("\r") == place["text"]):
            lines = None
        at.setdefault(place["line"], []).append((number, place))
    wanted = sorted({n for line in at for n in (range(max(1, line - AROUND), min(len(lines), line + AROUND) + 1)
                                                if lines is not None else [line])})
    rows, last = [], None
    first_step, last_step = min(at), max(at)
    for n in wanted:
        if last is not None and n != last + 1:
            rail = "on" if first_step < n <= last_step else ""
            rows.append(f"<tr class=gap><td></td><td class='rail {rail}'></td><td>⋯</td></tr>")
        last = n
        here = at.get(n, [])
        text = lines[n - 1] if lines is not None else here[0][1]["text"]
        shown = mark(text, here[0][1]) if here else markdown.code(text)
        rail = "on" if first_step <= n <= last_step and len(at) > 1 else ""
        final = any(number == "!" for number, _ in here)
        rows.append(f"<tr class='{'hit' if final else 'step' if here else ''}'><td class=n>{n}</td>"
                    f"<td class='rail {rail}'>{'<b></b>' if here else ''}</td><td><code>{shown or ' '}</code></td></tr>")
        for number, place in here:
            rail = "on" if len(at) > 1 and n < last_step else ""
            rows.append(f"<tr class='say {'hit' if number == '!' else ''}'><td></td><td class='rail {rail}'></td><td><p>"
                        f"<b>{number}</b> {escape(place['message'] if number != '!' else 'here')}</p></td></tr>")
    return (f"<div class=file>{escape(report.scope.relative(file))}</div>"
            f"<div class=code><table>{''.join(rows)}</table></div>")


def finding(report, f, cache):
    steps = [(str(i), n) for i, n in enumerate((n for n in f["notes"] if n["file"]), 1)] + [("!", f)]
    files = {}
    for s in steps:
        files.setdefault(s[1]["file"], []).append(s)
    order = sorted(files, key=lambda file: file != f["file"])  # the finding's own file first
    place = f"{report.scope.relative(f['file'])}:{f['line']}"
    function = f" in <code>{escape(f['function'])}</code>" if f.get("function") else ""
    fix = ""
    if f.get("fixes"):
        edits = "; ".join(f"line {e['line']}: " + (f"write <code>{escape(e['new'].strip())}</code>" if e["new"].strip()
                                                   else "take out") for e in f["fixes"])
        fix = f"<p class=fix>A fix is offered ({edits}): <code>heddle lint --fix</code></p>"
    page = (f"<details class=page data-page='{escape(f['check'])}'><summary>about {escape(f['check'])}</summary></details>"
            if where.page(f["check"]) else "")
    return (f"<article id='{f['fingerprint']}' data-check='{escape(f['check'])}' data-tier='{escape(f['tier'])}' "
            f"data-path='{escape(report.scope.relative(f['file']))}'>"
            f"<header><span class='tier {escape(f['tier'])}'>{escape(f['tier'])}</span> "
            f"<a href='#{f['fingerprint']}'>{escape(place)}</a>{function} <span class=check>{escape(f['check'])}</span>"
            f"<h2>{escape(f['message'])}</h2></header>"
            f"{''.join(listing(report, files[file], cache) for file in order)}{fix}{page}</article>")


def choices(report, key):
    counts = {}
    for f in report.shown:
        counts[f[key]] = counts.get(f[key], 0) + 1
    return "".join(f"<label><input type=checkbox name={key} value='{escape(k)}' checked> {escape(k)} "
                   f"<small>{n}</small></label>" for k, n in sorted(counts.items()))


def aside(report):
    parts = []
    if report.problems:
        items = "".join(f"<li><code>{escape(report.scope.relative(p['file']))}</code>: {escape(p['problem'])}</li>"
                        for p in report.problems)
        parts.append(f"<details class=problems open><summary>{len(report.problems)} could not be analysed</summary>"
                     f"<ul>{items}</ul></details>")
    if report.idle:
        items = "".join(f"<li><code>{escape(report.scope.relative(file))}:{line}</code> {escape(check)}</li>"
                        for file, line, check in report.idle)
        parts.append(f"<details><summary>{len(report.idle)} NOLINT that hide nothing</summary><ul>{items}</ul></details>")
    if report.stale:
        items = "".join(f"<li><code>{escape(e['file'])}</code> {escape(e['check'])}: {escape(e['message'])}</li>"
                        for e in report.stale)
        parts.append(f"<details><summary>{len(report.stale)} entries of the baseline that are gone</summary>"
                     f"<ul>{items}</ul></details>")
    return "".join(parts)


def render(report):
    cache = {}
    with open(os.path.join(HERE, "report.css"), encoding="utf-8") as f:
        style = f.read()
    with open(os.path.join(HERE, "report.js"), encoding="utf-8") as f:
        script = f.read()
    hidden = len(report.findings) - len(report.shown)
    name = os.path.basename(report.scope.root)
    pages = "".join(f"<template id='page-{escape(c)}'>{markdown.to_html(where.read_page(c))}</template>"
                    for c in sorted({f["check"] for f in report.shown}) if where.page(c))
    return f"""<!doctype html>
<html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>heddle: {escape(name)}</title><style>{style}</style>
<header class=top><h1>{escape(name)}</h1>
<p><b id=count>{len(report.shown)}</b> of {len(report.shown)} findings in {report.units} translation units{
f", {hidden} more hidden by NOLINT or the baseline" if hidden else ""}</p>
<form><input type=search name=path placeholder="path contains…" aria-label=path>
<fieldset><legend>tier</legend>{choices(report, "tier")}</fieldset>
<fieldset><legend>check</legend>{choices(report, "check")}</fieldset></form></header>
<main>{aside(report)}{"".join(finding(report, f, cache) for f in report.shown)}
<p id=none hidden>Nothing to show{"" if report.shown else ": no findings"}.</p></main>
{pages}<script>{script}</script></html>
"""
