"""Reads what clang-tidy and the module left of a unit (unit.sh) and makes its result of it.

  results/ID.json  findings, what NOLINT hides, the NOLINT comments themselves
  results/ID.key   the contents that the result holds for, so that a new time stamp alone costs no second analysis
"""
import hashlib
import json
import os
import re
import signal

from cli import yamltext

CONFIGURATION = re.compile(r"^(?:warning|error): (.*) \[clang-tidy-config\]$", re.M)
DISTRIBUTION = ("/usr/", "/opt/", "/Library/", "/Applications/")
NOLINT = re.compile(rb"NOLINT(NEXTLINE|BEGIN|END)?(?:\(([^)\n]*)\)(\s*:\s*\w)?)?")


def read(path):
    """The contents, b"" for none."""
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def write(path, value):
    """Whole or not at all: an interrupt must not leave half a result."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as f:
        json.dump(value, f, separators=(",", ":"))
    os.replace(temporary, path)


def modified(path):
    """In nanoseconds; 0 for no such file."""
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0


def read_depfile(path):
    """The files that a dependency file names, in order."""
    text = read(path).decode(errors="surrogateescape").replace("\\\n", " ")
    text = text[text.index(": ") + 2:] if ": " in text else ""
    names = re.findall(r"(?:\\[ #]|\$\$|\S)+", text)
    return list(dict.fromkeys(os.path.normpath(re.sub(r"\\([ #])", r"\1", n).replace("$$", "$")) for n in names))


class Sources:
    """The files that the units of a run read: each is read once. Contents are kept only of those that are asked for."""

    def __init__(self):
        self.contents, self.digests, self.times, self.comments = {}, {}, {}, {}
        self.odd = []  # names that are no UTF-8

    def path(self, folder, name):
        """The file of a name that LLVM exports: it cuts off names where they are no UTF-8."""
        path = os.path.normpath(os.path.join(folder, name))
        begin = path.partition("\ufffd")[0]
        return next((o for o in self.odd if o.startswith(begin)), path) if begin != path else path

    def get(self, path):
        if path not in self.contents:
            self.contents[path] = read(path)
        return self.contents[path]

    def digest(self, path):
        if path not in self.digests:
            data = read(path)
            self.digests[path] = hashlib.sha1(data).hexdigest()
            self.comments[path] = [] if path.startswith(DISTRIBUTION) else list(markers(path, data))
        return self.digests[path]

    def modified(self, path):
        if path not in self.times:
            self.times[path] = modified(path)
        return self.times[path]

    def markers(self, path):
        self.digest(path)
        return [dict(m, used=[]) for m in self.comments[path]]

    def place(self, path, offset):
        """Line, column (from 1, in bytes as Clang counts them) and the text of the line."""
        data = self.get(path)
        start = data.rfind(b"\n", 0, offset) + 1
        end = data.find(b"\n", offset)
        text = data[start:end if end >= 0 else len(data)].rstrip(b"\r")
        return {"file": path, "offset": offset, "line": data.count(b"\n", 0, offset) + 1, "column": offset - start + 1,
                "text": text.decode(errors="replace")}


def markers(path, data):
    """The NOLINT comments of a file that name a Heddle check."""
    if b"NOLINT" not in data:
        return
    begun = []
    for number, line in enumerate(data.split(b"\n"), 1):
        for m in NOLINT.finditer(line):
            kind = (m[1] or b"").decode()
            checks = [c.strip() for c in (m[2] or b"").decode(errors="replace").split(",")]
            if not any(c.startswith("heddle-") for c in checks):
                continue
            if kind == "END":
                if begun:
                    begun.pop()["last"] = number
                continue
            first = number + (kind == "NEXTLINE")
            marker = {"file": path, "line": number, "first": first, "last": first,
                      "checks": [c for c in checks if c.startswith("heddle-")], "reason": bool(m[3])}
            if kind == "BEGIN":
                marker["last"] = 1 << 30
                begun.append(marker)
            yield marker


def glob_matches(pattern, name):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name) is not None


def replacements(entries, sources, folder):
    found = []
    for r in entries or []:
        path = sources.path(folder, r["FilePath"])
        offset, length = int(r["Offset"]), int(r["Length"])
        end = sources.place(path, offset + length)
        found.append(dict(sources.place(path, offset), length=length, end_line=end["line"], end_column=end["column"],
                          end_text=end["text"], new=r["ReplacementText"]))
    return found


def message(entry, sources, folder):
    path = sources.path(folder, entry["FilePath"]) if entry.get("FilePath") else ""
    found = sources.place(path, int(entry.get("FileOffset") or 0)) if path else {"file": "", "line": 0, "column": 0,
                                                                                "offset": 0, "text": ""}
    found["message"] = entry["Message"]
    ranges = [r for r in entry.get("Ranges") or [] if path and int(r["FileOffset"]) <= found["offset"]
              <= int(r["FileOffset"]) + int(r["Length"])]
    if ranges:
        found["length"] = max(1, int(ranges[0]["FileOffset"]) + int(ranges[0]["Length"]) - found["offset"])
    fixes = replacements(entry.get("Replacements"), sources, folder)
    if fixes:
        found["fixes"] = fixes
    return found


def read_findings(exported, logged, sources, folder):
    """What clang-tidy exports, with what the module logged of it; and what it logged that was not exported."""
    raw = {}
    for line in logged.splitlines():
        try:
            r = json.loads(line)
        except ValueError:
            continue  # cut off by a crash
        r["file"] = sources.path(folder, r["file"])
        raw[r["check"], r["file"], r["offset"]] = r
    findings, shown = [], set()
    for d in (yamltext.parse(exported).get("Diagnostics") or []) if exported else []:
        at = message(d["DiagnosticMessage"], sources, folder)
        at["check"] = d["DiagnosticName"]
        at["error"] = d.get("Level") == "Error"
        at["notes"] = [message(n, sources, folder) for n in d.get("Notes") or []]
        key = at["check"], at["file"], at["offset"]
        if key in raw:
            at.update({k: raw[key][k] for k in ("function", "later") if k in raw[key]})
        shown.add(key)
        findings.append(at)
    hidden = [dict(sources.place(r["file"], r["offset"]), check=r["check"], message=r["message"],
                   function=r["function"], notes=[]) for k, r in raw.items() if k not in shown]
    return findings, hidden, list(raw.values())


def problem_of(status, log, limit, findings):
    """Why the unit could not be analysed, in one line, or None."""
    log = log.decode(errors="replace")
    configuration = CONFIGURATION.search(log)
    if configuration:
        return "configuration: " + configuration[1]
    # An error that has a name of its own is one that other compilers only warn of.
    broken = next((f for f in findings if f["error"] and f["check"] == "clang-diagnostic-error"), None)
    if broken:
        where = f" ({broken['file']}:{broken['line']})" if broken["file"] else ""
        return "does not parse: " + broken["message"] + where
    if status == 128 + signal.SIGKILL:
        return f"clang-tidy did not end within {limit} s, or was killed"
    if status > 128 and status - 128 in set(signal.Signals):
        return f"clang-tidy died of {signal.Signals(status - 128).name}"
    if status and not any(f["error"] for f in findings):
        lines = [x for x in log.splitlines() if x.strip()]
        return lines[-1] if lines else f"clang-tidy ended with {status}"
    return None


class Results:
    """The results of units in a folder; `limit` is the seconds that a unit had."""

    def __init__(self, folder, limit):
        self.folder, self.limit, self.sources = folder, limit, Sources()

    def path(self, unit):
        return os.path.join(self.folder, unit.id)

    def same(self, unit, spec):
        """Whether the unit's result holds for what the files contain now."""
        try:
            key = json.loads(read(self.path(unit) + ".key"))
            return (key["spec"] == spec and os.path.exists(self.path(unit)) and os.path.exists(self.path(unit) + ".deps")
                    and all(self.sources.digest(p) == d for p, d in key["read"].items())
                    and all(self.candidates(unit, name, key["read"]) == c for name, c in key["absent"].items()))
        except (ValueError, KeyError):
            return False

    @staticmethod
    def candidates(unit, name, read):
        """The files that a missing header may be: in the folders that the command names or that others are in."""
        folder, arguments = unit.entry["directory"], unit.entry["arguments"]
        options = ("-I", "-isystem", "-iquote", "-idirafter")
        folders = {folder, "/usr/include", "/usr/local/include", *map(os.path.dirname, read)}
        for i, a in enumerate(arguments):
            option = next((o for o in options if a.startswith(o)), None)
            if option:
                given = a[len(option):] or "".join(arguments[i + 1:i + 2])
                folders.add(os.path.join(folder, given))
        found = (os.path.join(f, name) for f in folders)
        return sorted({os.path.realpath(f) for f in found if os.path.exists(f)})

    def files_read(self, unit):
        """The files that the unit was made of when it was last analysed, or None."""
        return read_depfile(self.path(unit) + ".deps") or None

    def load(self, unit, spec):
        """The unit's result, with "problem" when it could not be analysed; None if there is none."""
        path = self.path(unit)
        done, known = modified(path), modified(path + ".json")
        if done and known >= done:
            try:
                return json.loads(read(path + ".json"))
            except ValueError:
                pass  # damaged: made anew
        if not done and not os.path.exists(path + ".failed"):
            return None
        status = int(read(path if done else path + ".failed") or 0)
        value = self.make(unit, status)
        if done:
            names = self.files_read(unit) or []
            # A missing header is among them. It is looked for by its name, as Clang printed it.
            absent = [n for n in names if status and not self.sources.modified(n)]
            names = [n for n in names if n not in absent]
            # What was edited while it was analysed has to be analysed again.
            if all(0 < self.sources.modified(n) <= done for n in names):
                absent = [os.path.relpath(n, unit.entry["directory"]) for n in absent]
                write(path + ".key", {"spec": spec, "read": {n: self.sources.digest(n) for n in names},
                                      "absent": {n: self.candidates(unit, n, names) for n in absent}})
            write(path + ".json", value)
        return value

    def make(self, unit, status):
        path, folder = self.path(unit), unit.entry["directory"]
        problem, names = None, self.files_read(unit) or [unit.file]
        self.sources.odd = [n for n in [unit.file, *names] if n != os.fsencode(n).decode(errors="replace")]
        try:
            findings, hidden, raw = read_findings(read(path + ".yaml").decode(errors="replace"),
                                                  read(path + ".reports").decode(errors="replace"), self.sources, folder)
        except (yamltext.Error, KeyError, TypeError) as e:
            findings, hidden, raw = [], [], []
            problem = f"what clang-tidy exported is not understood: {e}"
        problem = problem_of(status, read(path + ".log"), self.limit, findings) or problem
        findings = [f for f in findings if not f["check"].startswith("clang-diagnostic-") or not f["error"]]
        comments = [m for n in names for m in self.sources.markers(n)]
        lines = {}
        for r in raw if comments else ():
            lines.setdefault(r["file"], []).append((self.sources.place(r["file"], r["offset"])["line"], r["check"]))
        for m in comments:
            for line, check in lines.get(m["file"], ()):
                if m["first"] <= line <= m["last"]:
                    m["used"] += [c for c in m["checks"] if glob_matches(c, check)]
            m["idle"] = [c for c in m["checks"] if c not in m["used"]]
        value = {"file": unit.file, "findings": findings, "hidden": hidden, "markers": comments}
        return dict(value, problem=problem) if problem else value
