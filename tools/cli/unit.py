#!/usr/bin/env python3
"""Lints one translation unit: what Ninja runs for each edge of the graph (see graph.py).

  unit.py SPEC RESULT

SPEC is a JSON file that says all that the outcome depends on but the sources. Besides RESULT it writes
  RESULT.d        what was read, for Ninja
  RESULT.key      the contents that the result holds for, so that a new time stamp alone costs no second analysis
  RESULT.problem  instead of RESULT when the unit could not be analysed; the status is then 1, and Ninja tries again
                  the next time
Starts once for each unit, so it imports little.
"""
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from cli import miniyaml  # noqa: E402

CONFIGURATION = re.compile(r"^(?:warning|error): (.*) \[clang-tidy-config\]$", re.M)
DISTRIBUTION = ("/usr/", "/opt/", "/Library/", "/Applications/")
NOLINT = re.compile(rb"NOLINT(NEXTLINE|BEGIN|END)?(?:\(([^)\n]*)\))?")


def digest(data):
    return hashlib.sha1(data).hexdigest()


def read(path):
    with open(path, "rb") as f:
        return f.read()


def write(path, value):
    """Whole or not at all: an interrupt must not leave half a result."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "w") as f:
        json.dump(value, f, separators=(",", ":"))
    os.replace(temporary, path)


def remove(path):
    try:
        os.remove(path)
    except FileNotFoundError:
        pass


def read_depfile(path, folder):
    """The files that a dependency file of Clang's names, absolute, in order."""
    try:
        with open(path, errors="surrogateescape") as f:
            text = f.read()
    except OSError:
        return []
    text = text.replace("\\\n", " ")
    text = text[text.index(": ") + 2:] if ": " in text else ""
    names = re.findall(r"(?:\\[ #]|\$\$|\S)+", text)
    return list(dict.fromkeys(os.path.normpath(os.path.join(folder, re.sub(r"\\([ #])", r"\1", n).replace("$$", "$")))
                              for n in names))


def write_depfile(result, dependencies):
    def escape(name):
        return name.replace("$", "$$").replace(" ", "\\ ").replace("#", "\\#")
    with open(result + ".d", "w", errors="surrogateescape") as f:
        f.write(escape(result) + ": " + " \\\n ".join(map(escape, dependencies)) + "\n")


class Sources:
    """The files that a unit read, each once."""

    def __init__(self):
        self.contents = {}

    def get(self, path):
        if path not in self.contents:
            try:
                self.contents[path] = read(path)
            except OSError:
                self.contents[path] = b""
        return self.contents[path]

    def place(self, path, offset, length=0):
        """Line, column and end column (from 1, in bytes as Clang counts them) and the text of the line."""
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
            marker = {"file": path, "line": number, "first": first, "last": first, "used": [],
                      "checks": [c for c in checks if c.startswith("heddle-")]}
            if kind == "BEGIN":
                marker["last"] = 1 << 30
                begun.append(marker)
            yield marker


def glob_matches(pattern, name):
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name) is not None


def replacements(entries, sources, folder):
    found = []
    for r in entries or []:
        path = os.path.normpath(os.path.join(folder, r["FilePath"]))
        offset, length = int(r["Offset"]), int(r["Length"])
        end = sources.place(path, offset + length)
        found.append(dict(sources.place(path, offset), length=length, end_line=end["line"], end_column=end["column"],
                          end_text=end["text"], new=r["ReplacementText"]))
    return found


def message(entry, sources, folder):
    path = os.path.normpath(os.path.join(folder, entry["FilePath"])) if entry.get("FilePath") else ""
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
        r["file"] = os.path.normpath(os.path.join(folder, r["file"]))
        raw[r["check"], r["file"], r["offset"]] = r
    findings, shown = [], set()
    for d in (miniyaml.parse(exported).get("Diagnostics") or []) if exported else []:
        at = message(d["DiagnosticMessage"], sources, folder)
        at["check"] = d["DiagnosticName"]
        at["error"] = d.get("Level") == "Error"
        at["notes"] = [message(n, sources, folder) for n in d.get("Notes") or []]
        key = at["check"], at["file"], at["offset"]
        if key in raw:
            at["function"] = raw[key]["function"]
        shown.add(key)
        findings.append(at)
    hidden = [dict(sources.place(r["file"], r["offset"]), check=r["check"], message=r["message"],
                   function=r["function"], notes=[]) for k, r in raw.items() if k not in shown]
    return findings, hidden, list(raw.values())


def limit():
    """How many seconds a unit may take; 0 for any time. No part of SPEC: a result does not depend on it."""
    return float(os.environ.get("HEDDLE_TIME_LIMIT") or 0)


def run(spec, temporary):
    """The status, the output, and whether the time limit was reached."""
    with open(os.path.join(temporary, "compile_commands.json"), "w") as f:
        json.dump([spec["entry"]], f)
    command = [spec["tidy"], "--quiet", "--use-color=false", "--load=" + spec["module"], "-p", temporary,
               "--checks=-*," + ",".join(spec["checks"]), "--header-filter=.*", "--exclude-header-filter=",
               "--export-fixes=" + os.path.join(temporary, "fixes.yaml"),
               # -Wp,: clang-tidy strips -MD itself from a command.
               "--extra-arg=-Wp,-MD," + os.path.join(temporary, "depfile"), *spec["options"], spec["file"]]
    environment = dict(os.environ, HEDDLE_REPORTS=os.path.join(temporary, "reports"))
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=environment, cwd=spec["entry"]["directory"])
    except OSError as e:
        return 127, "", f"can not start {spec['tidy']} in {spec['entry']['directory']}: {e.strerror}", False

    def stop(*_):
        process.kill()
        os._exit(1)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        out, error = process.communicate(timeout=limit() or None)
        return process.returncode, out.decode(errors="replace"), error.decode(errors="replace"), False
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return 0, "", "", True


def problem_of(spec, status, out, error, timed_out, findings):
    """Why the unit could not be analysed, in one line, or None."""
    if timed_out:
        return f"clang-tidy did not end within {limit():g} s"
    if status < 0:
        return f"clang-tidy died of {signal.Signals(-status).name}"
    configuration = CONFIGURATION.search(out)
    if configuration:
        return "configuration: " + configuration[1]
    broken = next((f for f in findings if f["error"] and f["check"].startswith("clang-diagnostic-")), None)
    if broken:
        where = f" ({broken['file']}:{broken['line']})" if broken["file"] else ""
        return "does not parse: " + broken["message"] + where
    if status and not findings:
        lines = [x for x in (error + out).splitlines() if x.strip()]
        return lines[0] if lines else f"clang-tidy ended with {status}"
    return None


def main():
    spec_path, result = sys.argv[1:]
    spec_bytes = read(spec_path)
    spec, spec_digest = json.loads(spec_bytes), digest(spec_bytes)
    key_path = result + ".key"
    try:
        key = json.loads(read(key_path))
        if key["spec"] == spec_digest and all(digest(read(p)) == d for p, d in key["read"].items()) \
                and os.path.exists(result):
            write_depfile(result, key["read"])
            os.utime(result)
            print("\x1ekept")
            return 0
    except (OSError, ValueError, KeyError):
        pass

    folder = spec["entry"]["directory"]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="heddle-") as temporary:
        status, out, error, timed_out = run(spec, temporary)
        seconds = time.monotonic() - start

        def text(name):
            try:
                return read(os.path.join(temporary, name)).decode(errors="replace")
            except OSError:
                return ""
        sources = Sources()
        dependencies = read_depfile(os.path.join(temporary, "depfile"), folder)
        problem = None
        try:
            findings, hidden, raw = read_findings(text("fixes.yaml"), text("reports"), sources, folder)
        except (miniyaml.Error, KeyError, TypeError) as e:
            findings, hidden, raw = [], [], []
            problem = f"what clang-tidy exported is not understood: {e}"
    problem = problem_of(spec, status, out, error, timed_out, findings) or problem
    findings = [f for f in findings if not f["check"].startswith("clang-diagnostic-") or not f["error"]]
    dependencies = dependencies or [spec["file"]]
    comments = []
    for path in dependencies:
        if not path.startswith(DISTRIBUTION):
            comments += markers(path, sources.get(path))
    for comment in comments:
        for r in raw:
            line = sources.place(r["file"], r["offset"])["line"] if r["file"] == comment["file"] else 0
            if comment["first"] <= line <= comment["last"]:
                comment["used"] += [c for c in comment["checks"] if glob_matches(c, r["check"])]
        comment["idle"] = [c for c in comment["checks"] if c not in comment["used"]
                           and any(glob_matches(c, enabled) for enabled in spec["checks"])]
    value = {"file": spec["file"], "seconds": round(seconds, 3), "findings": findings, "hidden": hidden,
             "markers": comments}
    if problem:
        remove(result)
        write(result + ".problem", dict(value, problem=problem, detail=(error + out)[-4000:]))
        return 1
    remove(result + ".problem")
    write(key_path, {"spec": spec_digest, "read": {p: digest(sources.get(p)) for p in dependencies}})
    write_depfile(result, dependencies)
    write(result, value)
    return 0


if __name__ == "__main__":
    sys.exit(main())
