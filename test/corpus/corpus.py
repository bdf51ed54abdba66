#!/usr/bin/env python3
"""Runs the checks over real projects and compares what they report with what was judged.

  corpus.py prepare [-w WORK] [PROJECT...]                 fetch the sources and make the compile_commands.json
  corpus.py run [-w WORK] [-m MODULE] [-o OUT] [PROJECT...]   writes OUT/units.tsv and OUT/findings.tsv
  corpus.py compare OUT [BASE]                             against reports.tsv, or another run: new and gone
  corpus.py accept OUT                                     put new reports into reports.tsv, to be judged there

WORK is $HEDDLE_CORPUS, else a folder in the temporary folder. Nothing is compiled or linked; the sources come from
Debian (`apt-get source`) in the versions that projects.tsv names. See README.md.
"""
import argparse
import collections
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
REPORTS = os.path.join(HERE, "reports.tsv")
COLUMNS = ["project", "file", "line", "check", "message", "context", "verdict", "reason"]
SOURCES = (".cc", ".cpp", ".cxx", ".C", ".c++")
# Flags that gcc or a packager likes and that say nothing about the code.
USELESS = re.compile(r"^-(Werror.*|W(no-error|l,|invalid-pch|logical-op|useless-cast|duplicated|clobbered).*|flto.*|"
                     r"fanalyzer|fno-semantic-interposition|fno-fat-lto-objects|fno-gnu-unique|fno-ipa-.*)$")
DIAGNOSTIC = re.compile(r"^(.+?):(\d+):\d+: (warning|error|fatal error): (.*) \[([\w.,*-]+)\]$")
CRASH = re.compile(r"PLEASE submit a bug report|Stack dump:|Assertion .* failed|LLVM ERROR")


def read_tsv(path):
    with open(path) as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    return [dict(zip(rows[0], row + [""] * (len(rows[0]) - len(row)))) for row in rows[1:]] if rows else []


def write_tsv(path, columns, rows):
    with open(path, "w") as f:
        f.write("\t".join(columns) + "\n")
        for row in rows:
            f.write("\t".join(re.sub(r"[\t\n]", " ", str(row.get(c, ""))) for c in columns) + "\n")


# ---- prepare -------------------------------------------------------------------------------------------------------


def apt(work, program, *arguments):
    """apt with a list of source packages of its own, so that nothing under /etc changes."""
    folder = os.path.join(work, "apt")
    parts = os.path.join(folder, "parts")
    if not os.path.isdir(parts):
        os.makedirs(parts)
        os.makedirs(os.path.join(folder, "lists", "partial"))
        for path in glob.glob("/etc/apt/sources.list.d/*.sources"):
            with open(path) as f, open(os.path.join(parts, os.path.basename(path)), "w") as out:
                out.write(re.sub(r"^Types:.*", "Types: deb-src", f.read(), flags=re.M))
        for path in ["/etc/apt/sources.list", *glob.glob("/etc/apt/sources.list.d/*.list")]:
            if os.path.exists(path):
                with open(path) as f, open(os.path.join(parts, os.path.basename(path) + ".list"), "w") as out:
                    out.write(re.sub(r"^deb ", "deb-src ", f.read(), flags=re.M))
        apt(work, "apt-get", "update", "-qq")
    command = [program, "-o", "Dir::Etc::sourcelist=/dev/null", "-o", "Dir::Etc::sourceparts=" + parts,
               "-o", "Dir::State::lists=" + os.path.join(folder, "lists"), "-o", "Dir::Cache::srcpkgcache=",
               "-o", "Dir::Cache::pkgcache=", "-o", "APT::Sandbox::User=root", *arguments]
    done = subprocess.run(command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def prepare_project(work, project):
    name = project["project"]
    source, build, db = (os.path.join(work, kind, name) for kind in ("src", "build", "db"))
    database = os.path.join(db, "compile_commands.json")
    if os.path.exists(database):
        return f"{name}: there already"
    if not os.path.isdir(source):
        download = os.path.join(work, "apt", "download-" + name)
        shutil.rmtree(download, ignore_errors=True)
        os.makedirs(download)
        status, output = apt(work, "apt-get", "source", "-q", "-y", "-o", "Dir::Cache::archives=" + download,
                             f"{project['package']}={project['version']}")
        found = [p for p in glob.glob(os.path.join(work, "apt", "*")) if os.path.isdir(p)
                 and os.path.exists(os.path.join(p, "debian"))]
        if status or not found:
            return f"{name}: no source: {next((x for x in output.splitlines() if x.startswith('E:')), output[-200:])}"
        os.makedirs(os.path.dirname(source), exist_ok=True)
        shutil.move(found[0], source)
        shutil.rmtree(download, ignore_errors=True)
    shutil.rmtree(build, ignore_errors=True)
    os.makedirs(build)
    os.makedirs(db, exist_ok=True)
    environment = dict(os.environ, S=source, B=build, CC="clang-22", CXX="clang++-22")
    script = """
cm() { cmake -S "$S/${SUB:-.}" -B "$B" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_EXPORT_COMPILE_COMMANDS=ON \
  -DFETCHCONTENT_FULLY_DISCONNECTED=ON "$@"; }
units() { python3 "$UNITS" units "$@"; }
"""
    environment["UNITS"] = os.path.abspath(__file__)
    with open(os.path.join(db, "configure.log"), "w") as log:
        subprocess.run(["bash", "-c", script + project["recipe"]], cwd=build, env=environment, stdout=log, stderr=log,
                       stdin=subprocess.DEVNULL)
    made = os.path.join(build, "compile_commands.json")
    if not os.path.exists(made):
        return f"{name}: could not be configured, see {log.name}"
    with open(made) as f:
        entries = json.load(f)
    units = {}
    for e in entries:
        path = os.path.normpath(os.path.join(e["directory"], e["file"]))
        relative = os.path.relpath(path, source)
        if path.endswith(SOURCES) and os.path.exists(path) and re.search(project["keep"] or ".", relative) and not (
                project["drop"] and re.search(project["drop"], relative)):
            arguments = e.get("arguments") or shlex.split(e["command"])
            units.setdefault(path, {"directory": e["directory"], "file": path,
                                    "arguments": [a for a in arguments if not USELESS.match(a)] + ["-w"]})
    with open(database, "w") as f:
        json.dump(list(units.values()), f, indent=1)
    with open(os.path.join(db, "root"), "w") as f:
        f.write(source + "\n")
    return f"{name}: {len(units)} translation units"


def units_command(standard, flags, *patterns):
    """For a project without a build system that can be asked: one entry for each file. Runs in the build folder."""
    source, build = os.environ["S"], os.environ["B"]
    files = [f for p in patterns for f in sorted(glob.glob(os.path.join(source, p)))]
    with open(os.path.join(build, "compile_commands.json"), "w") as f:
        json.dump([{"directory": build, "file": path, "arguments": ["clang++-22", "-std=" + standard, *shlex.split(flags),
                                                                    "-c", path]} for path in files], f)


def prepare(a):
    projects = read_tsv(os.path.join(HERE, "projects.tsv"))
    for project in projects:
        if not a.projects or project["project"] in a.projects:
            print(prepare_project(a.work, project), flush=True)


# ---- run -----------------------------------------------------------------------------------------------------------


def analyse(a, name, folder, root, entry):
    command = ["clang-tidy-22", "--quiet", "-p", folder, "--config={}", "--checks=-*," + a.checks, "--load=" + a.module,
               "--header-filter=.*", entry["file"]]
    start = time.monotonic()
    try:
        done = subprocess.run(command, text=True, errors="replace", timeout=a.timeout, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired:
        output, status = "", None
    seconds = time.monotonic() - start
    found = [m for m in map(DIAGNOSTIC.match, output.splitlines()) if m]
    error = next((m[4] for m in found if m[5] == "clang-diagnostic-error"), "")
    state = ("timeout" if status is None else "crash" if status < 0 or CRASH.search(output)
             else "does not parse" if error else "ok" if found or status == 0 else "failed")
    findings = []
    for m in found:
        path = os.path.normpath(os.path.join(entry["directory"], m[1]))
        if not m[5].startswith("clang-diagnostic") and path.startswith(root + os.sep):
            with open(path, errors="replace") as f:
                lines = f.read().splitlines()
            findings.append({"project": name, "file": os.path.relpath(path, root), "line": m[2], "check": m[5],
                             "message": m[4], "context": " ".join(lines[int(m[2]) - 1].split())})
    why = error
    if state in ("crash", "failed"):
        log = os.path.join(a.out, "crashes", re.sub(r"\W", "_", name + "_" + os.path.relpath(entry["file"], root)))
        with open(log, "w") as f:
            f.write(shlex.join(command) + "\n" + output)
        why = "see " + log
    return {"project": name, "file": os.path.relpath(entry["file"], root), "state": state,
            "seconds": f"{seconds:.2f}", "why": why}, findings


def run(a):
    shutil.rmtree(os.path.join(a.out, "crashes"), ignore_errors=True)
    os.makedirs(os.path.join(a.out, "crashes"))
    jobs = []
    dbs = os.path.join(a.work, "db")
    for name in a.projects or sorted(os.listdir(dbs)):
        folder = os.path.join(dbs, name)
        if os.path.exists(os.path.join(folder, "compile_commands.json")):
            with open(os.path.join(folder, "root")) as f:
                root = f.read().strip()
            with open(os.path.join(folder, "compile_commands.json")) as f:
                jobs += [(name, folder, root, entry) for entry in json.load(f)]
    units, findings = [], {}
    with concurrent.futures.ThreadPoolExecutor(a.jobs) as pool:
        for future in concurrent.futures.as_completed([pool.submit(analyse, a, *job) for job in jobs]):
            unit, found = future.result()
            units.append(unit)
            for f in found:  # a header's findings come with each unit that includes it
                findings.setdefault((f["project"], f["file"], f["line"], f["check"], f["message"]), f)
            if len(units) % 50 == 0:
                print(f"{len(units)}/{len(jobs)} units, {len(findings)} reports", file=sys.stderr, flush=True)
    # A result that does not say what made it can not be compared with another.
    with open(a.module, "rb") as f:
        digest = hashlib.sha256(f.read()).hexdigest()[:16]
    with open(os.path.join(a.out, "run.txt"), "w") as f:
        f.write(f"module {a.module} sha256 {digest}\nchecks {a.checks}\n")
    print(f"module {a.module} ({digest}), checks {a.checks}")
    units.sort(key=lambda u: (u["project"], u["file"]))
    write_tsv(os.path.join(a.out, "units.tsv"), ["project", "file", "state", "seconds", "why"], units)
    write_tsv(os.path.join(a.out, "findings.tsv"), COLUMNS[:6],
              sorted(findings.values(), key=lambda f: (f["project"], f["file"], int(f["line"]), f["check"])))
    print(f"{'project':16}{'units':>7}{'ok':>7}{'reports':>9}")
    for name in sorted({u["project"] for u in units}):
        mine = [u for u in units if u["project"] == name]
        print(f"{name:16}{len(mine):7}{sum(u['state'] == 'ok' for u in mine):7}"
              f"{sum(f['project'] == name for f in findings.values()):9}")
    bad = [u for u in units if u["state"] != "ok"]
    for u in bad:
        print(f"{u['state']}: {u['project']}/{u['file']}: {u['why'][:160]}")
    print(f"{len(units)} units, {len(findings)} reports, {len(bad)} units not analysed")
    return 1 if any(u["state"] in ("crash", "timeout", "failed") for u in bad) else 0


# ---- compare -------------------------------------------------------------------------------------------------------


def key(row):
    """What makes two reports the same although lines have moved."""
    return row["project"], row["file"], row["check"], row["message"], row["context"]


def difference(old, new):
    """(new, gone) as lists of rows; the same report twice in one file counts twice."""
    count_old, count_new = collections.Counter(map(key, old)), collections.Counter(map(key, new))
    appeared, gone = count_new - count_old, count_old - count_new

    def rows(of, counter):
        counter = collections.Counter(counter)
        out = []
        for row in of:
            if counter[key(row)] > 0:
                counter[key(row)] -= 1
                out.append(row)
        return out
    return rows(new, appeared), rows(old, gone)


def show(mark, row):
    verdict = f" ({row['verdict']}: {row['reason']})" if row.get("verdict") else ""
    print(f"{mark} {row['project']}/{row['file']}:{row['line']}: {row['message']} [{row['check']}]{verdict}\n    {row['context']}")


def compare(a):
    new = read_tsv(os.path.join(a.out, "findings.tsv"))
    old = read_tsv(os.path.join(a.base, "findings.tsv") if a.base else REPORTS)
    units = read_tsv(os.path.join(a.out, "units.tsv"))
    ran = {u["project"] for u in units}
    appeared, gone = difference([r for r in old if r["project"] in ran], new)
    for row in appeared:
        show("new ", row)
    for row in gone:
        show("gone", row)
    print(f"{len(appeared)} new, {len(gone)} gone, {len(new) - len(appeared)} as before")
    if not a.base:
        judged = collections.Counter((r["check"], r["verdict"]) for r in old)
        for check in sorted({c for c, _ in judged}):
            true, false = judged[check, "true"], judged[check, "false"]
            print(f"  {check}: {true} of {true + false} judged reports are true"
                  + (f", {judged[check, '?']} not judged" if judged[check, "?"] else ""))
    return 1 if appeared or gone else 0


def accept(a):
    old, new = read_tsv(REPORTS), read_tsv(os.path.join(a.out, "findings.tsv"))
    ran = {u["project"] for u in read_tsv(os.path.join(a.out, "units.tsv"))}
    appeared, gone = difference([r for r in old if r["project"] in ran], new)
    dropped = list(gone)
    kept = []
    for row in old:
        if row in dropped:
            dropped.remove(row)
        else:
            kept.append(row)
    kept += [dict(row, verdict="?", reason="") for row in appeared]
    write_tsv(REPORTS, COLUMNS, sorted(kept, key=lambda r: (r["project"], r["file"], int(r["line"]), r["check"])))
    print(f"{len(appeared)} to be judged (verdict '?'), {len(gone)} taken out")


def main():
    if sys.argv[1:2] == ["units"]:
        return units_command(*sys.argv[2:])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    work = os.environ.get("HEDDLE_CORPUS") or os.path.join(tempfile.gettempdir(), "heddle-corpus")
    for name in ("prepare", "run"):
        sub = commands.add_parser(name)
        sub.add_argument("-w", "--work", default=work)
        sub.add_argument("projects", nargs="*")
    sub.add_argument("-m", "--module", default=os.path.join(REPOSITORY, "build", "22", "heddle.so"))
    sub.add_argument("-o", "--out", default=os.path.join(work, "out"))
    sub.add_argument("-j", "--jobs", type=int, default=os.cpu_count())
    sub.add_argument("--checks", default="heddle-*")
    sub.add_argument("--timeout", type=float, default=180)
    for name in ("compare", "accept"):
        sub = commands.add_parser(name)
        sub.add_argument("out")
        if name == "compare":
            sub.add_argument("base", nargs="?")
    a = parser.parse_args()
    if "work" in a:
        a.work = os.path.abspath(a.work)
    if "module" in a:
        a.module = os.path.abspath(a.module)
    return {"prepare": prepare, "run": run, "compare": compare, "accept": accept}[a.command](a)


if __name__ == "__main__":
    sys.exit(main())
