"""For people: the finding, its line, and the steps of its story, as compilers write them."""
import os


def path(file):
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def excerpt(place, paint):
    if not place["text"].strip():
        return
    before = place["text"].encode()[:place["column"] - 1].decode(errors="replace")
    rest = place["text"][len(before):]
    length = max(1, min(place.get("length", 1), len(rest)))
    padding = "".join("\t" if c == "\t" else " " for c in before)
    yield f"{place['line']:5} | {place['text']}"
    yield f"      | {padding}{paint('32;1', '^' + '~' * (length - 1))}"
    for fix in place.get("fixes") or []:
        if fix["line"] == place["line"] and fix["file"] == place["file"] and "\n" not in fix["new"]:
            shift = "".join("\t" if c == "\t" else " " for c in fix["text"].encode()[:fix["column"] - 1].decode(errors="replace"))
            yield f"      | {shift}{paint('32', fix['new'].strip() or '(remove)')}"


def render(report):
    def paint(code, text):
        return f"\033[{code}m{text}\033[0m" if report.colour else text

    lines = []
    for f in report.shown:
        where = paint("1", f"{path(f['file'])}:{f['line']}:{f['column']}:")
        lines.append(f"{where} {paint('35;1', 'warning:')} {paint('1', f['message'])} [{f['check']}]")
        lines += excerpt(f, paint)
        for n in f["notes"]:
            if n["file"]:
                where = paint("1", f"{path(n['file'])}:{n['line']}:{n['column']}:")
                lines.append(f"{where} {paint('36', 'note:')} {n['message']}")
                lines += excerpt(n, paint)
    return "".join(x + "\n" for x in lines)
