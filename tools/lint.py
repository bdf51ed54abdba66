#!/usr/bin/env python3
"""`heddle lint`: clang-tidy with the heddle module over the translation units under a path.

It runs the units itself rather than through run-clang-tidy, because that does not say which unit could not be
parsed, and repeats what it finds in a header for each unit.
"""
import argparse
import concurrent.futures
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TOUR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tour")
RECIPES = ("configure with cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON or with meson, run 'bear -- make', "
           "or name the folder that has one with -p")
LOCATION = re.compile(r"^(.+?):\d+:\d+: (warning|error|fatal error|note): (.*)$")
CONFIGURATION = re.compile(r"^(?:warning|error): (.*) \[clang-tidy-config\]$", re.M)
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


def fail(text):
    print("heddle: " + text, file=sys.stderr)
    sys.exit(2)


def say(text):
    print("heddle: " + text, file=sys.stderr, flush=True)


def find_database(path):
    """The compile_commands.json for a path: beside it or above it, also in build folders there."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while True:
        candidates = [os.path.join(folder, "compile_commands.json")]
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            names = []
        builds = [os.path.join(folder, n) for n in names if n.startswith(("build", "out", "cmake-build"))]
        candidates += [os.path.join(b, "compile_commands.json") for b in builds]
        for b in builds:  # build/debug and the like
            if os.path.isdir(b):
                candidates += [os.path.join(b, n, "compile_commands.json") for n in sorted(os.listdir(b))]
        found = [c for c in candidates if os.path.isfile(c)]
        if found:
            # Of several build folders, the one that was configured last.
            return found[0] if found[0] == candidates[0] else max(found, key=os.path.getmtime)
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def read_database(database):
    """The translation units, and the folder that each is compiled in."""
    try:
        with open(database) as f:
            entries = json.load(f)
        units = {os.path.normpath(os.path.join(e["directory"], e["file"])): e["directory"] for e in entries}
    except OSError as e:
        fail(f"cannot read {database}: {e.strerror}")
    except json.JSONDecodeError as e:
        fail(f"{database}:{e.lineno}: not valid JSON: {e.msg}; configure the build again")
    except (KeyError, TypeError):
        fail(f"{database}: not a compilation database: every entry needs \"directory\" and \"file\"")
    return units


def tour_database(folder):
    """A compilation database for the bundled tour."""
    names = sorted(n for n in os.listdir(TOUR) if n.endswith(".cpp"))
    entries = [{"directory": TOUR, "file": n,
                "arguments": ["clang++-22", "-std=c++20", "-pthread", "-Wall", "-c", n]} for n in names]
    with open(os.path.join(folder, "compile_commands.json"), "w") as f:
        json.dump(entries, f)


def under(file, path):
    return file == path or os.path.realpath(file).startswith(os.path.join(path, "")) or os.path.realpath(file) == path


def main():
    parser = argparse.ArgumentParser(prog="heddle lint", description="Finds concurrency bugs by means of clang-tidy.")
    parser.add_argument("path", nargs="?")
    parser.add_argument("--module", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--checks", default="heddle-*", help="which checks, as for clang-tidy (default: heddle-*)")
    parser.add_argument("-p", dest="database", metavar="FOLDER", help="where compile_commands.json is")
    parser.add_argument("-j", dest="jobs", type=int, default=os.cpu_count() or 1, help="units at a time")
    parser.add_argument("--tidy", default="clang-tidy-22", help=argparse.SUPPRESS)
    argv = sys.argv[1:]
    split = argv.index("--") if "--" in argv else len(argv)
    a = parser.parse_args(argv[:split])
    more = argv[split + 1:]

    if not shutil.which(a.tidy):
        fail(f"{a.tidy} is not installed: apt-get install clang-tidy-22")
    temporary = tempfile.TemporaryDirectory()
    if a.path is None:
        tour_database(temporary.name)
        path, database = TOUR, os.path.join(temporary.name, "compile_commands.json")
        say("no PATH given, so this is the tour: five bugs in " + os.path.relpath(TOUR))
    else:
        path = os.path.realpath(a.path)
        if not os.path.exists(path):
            fail(f"there is no file or folder {a.path}")
        if a.database:
            database = os.path.join(a.database, "compile_commands.json")
            if os.path.isfile(a.database):
                database = a.database
        else:
            database = find_database(path)
        if database is None:
            fail(f"no compile_commands.json in or above {a.path} or in a build folder there: {RECIPES}")
    folders = read_database(database)
    units = [f for f in folders if under(f, path)]
    if not units:
        fail(f"{database} has no translation unit in {a.path}")
    say(f"{len(units)} translation unit{'s' * (len(units) > 1)} by {os.path.relpath(database)}"
        if a.path else f"{len(units)} translation units")

    base = [a.tidy, "--quiet", "--load=" + a.module, "--checks=-*," + a.checks, "-p", os.path.dirname(database),
            "--header-filter=.*", *more]
    root = path if os.path.isdir(path) else os.path.dirname(path)
    colour = sys.stdout.isatty()

    def run(unit):
        if not os.path.isfile(unit):
            return unit, None, "the file does not exist"
        done = subprocess.run(base + [f"--use-color={str(colour).lower()}", unit], text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        plain = COLOUR.sub("", done.stdout)
        configuration = CONFIGURATION.search(plain)
        found = [m for m in map(LOCATION.match, plain.splitlines()) if m]
        error = next((m[3] for m in found if "error" in m[2] and "[clang-diagnostic-" in m[3]), None)
        problem = None
        if done.returncode < 0:
            problem = f"clang-tidy died of {signal.Signals(-done.returncode).name}"
        elif configuration:
            problem = "configuration: " + configuration[1]
        elif error:
            problem = "does not parse: " + error.split(" [clang-diagnostic-")[0]
        elif done.returncode and not found:
            problem = (done.stderr.strip().splitlines() or [f"clang-tidy ended with {done.returncode}"])[0]
        return unit, done.stdout, problem

    seen, problems, findings, done = set(), [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(max(1, a.jobs)) as pool:
        for future in concurrent.futures.as_completed([pool.submit(run, u) for u in units]):
            unit, output, problem = future.result()
            done += 1
            if sys.stderr.isatty():
                print(f"\r\033[K[{done}/{len(units)}] {os.path.relpath(unit)}", end="\r", file=sys.stderr, flush=True)
            if problem:
                problems.append((unit, problem))
            for file, text in split_findings(output or "", folders[unit]):
                # Findings in headers count when the header is in what is linted, and once: they come with every unit.
                if text not in seen and (file == unit or under(file, root)):
                    seen.add(text)
                    findings += 1
                    sys.stdout.write(text)
            sys.stdout.flush()
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if len(problems) > 1 and len({problem for _, problem in problems}) == 1 and len(problems) == len(units):
        say(f"no unit could be analysed as asked: {problems[0][1]}")  # say once what is wrong with all
    else:
        for unit, problem in sorted(problems):
            say(f"could not analyse {os.path.relpath(unit)}: {problem}")
    say(f"{findings} finding{'s' * (findings != 1)} in {len(units)} translation unit{'s' * (len(units) != 1)}"
        + (f", {len(problems)} could not be analysed" if problems else ""))
    return 2 if problems else 1 if findings else 0


def split_findings(output, folder):
    """(file, text with notes) of each finding; the compiler's own errors are told in one line at the end."""
    file, group = None, []
    for line in output.splitlines(keepends=True):
        m = LOCATION.match(COLOUR.sub("", line.rstrip("\n")))
        if m:  # clang-tidy names files from the unit's folder: from here they may be somewhere else
            here = os.path.normpath(os.path.join(folder, m[1]))
            shown = os.path.relpath(here)
            line = line.replace(m[1], here if shown.startswith("..") else shown, 1)
            if m[2] != "note":
                if file:
                    yield file, "".join(group)
                file, group = None if "[clang-diagnostic-" in m[3] else here, []
        if not CONFIGURATION.match(COLOUR.sub("", line)):
            group.append(line)
    if file:
        yield file, "".join(group)


if __name__ == "__main__":
    sys.exit(main())
