#!/usr/bin/env python3
"""What the checks cost over the parse: user + system time on real translation units, as ratios.

  bench.py [CORPUS] [--units N] [--module FILE] [--repeat N] [--tsv FILE]
  bench.py --pathological

CORPUS holds db/NAME/compile_commands.json for each project, as test/corpus prepares it (default: $HEDDLE_CORPUS; with
neither, the units of this repository). N units are taken in turn from the projects, those first that speak most of
threads. On each unit, one after the other so that a slow moment of the machine hits all alike:

  parse     clang++-22 -fsyntax-only
  tidy      clang-tidy-22 with one trivial check
  heddle    clang-tidy-22 with all heddle checks
  upstream  bugprone-*,concurrency-*
  analyzer  clang-analyzer-*

The figure to watch is heddle/tidy: at most 1.03 with the first five checks, and 1.10 with seventy.
--pathological times one function of 400 branches and 2000 events instead; it has to stay under three times the parse.
"""
import argparse
import json
import os
import re
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
THREADS = re.compile(r"\b(std::(jthread|thread|async|mutex|\w*_lock|lock_guard|condition_variable|promise|future|atomic)"
                     r"|pthread_\w+|boost::(thread|mutex|asio|fibers)|Q(Mutex|Thread|Future)\w*|tbb::\w+|\w*Mutex\w*)")
COMMANDS = ["parse", "tidy", "heddle", "upstream", "analyzer"]
CHECKS = {"tidy": "misc-unused-using-decls", "heddle": "heddle-*", "upstream": "bugprone-*,concurrency-*",
          "analyzer": "clang-analyzer-*"}


def databases(corpus):
    if corpus is None:
        return {"heddle": os.path.join(REPOSITORY, "build", "22")}
    db = os.path.join(corpus, "db")
    if not os.path.isdir(db):
        sys.exit(f"bench: there is no folder {db}")
    return {n: os.path.join(db, n) for n in sorted(os.listdir(db))
            if os.path.exists(os.path.join(db, n, "compile_commands.json"))}


def entries(folder):
    """The units of a database, those first that speak most of threads."""
    with open(os.path.join(folder, "compile_commands.json")) as f:
        units = json.load(f)
    for unit in units:
        unit["path"] = os.path.normpath(os.path.join(unit["directory"], unit["file"]))
        try:
            with open(unit["path"], errors="replace") as f:
                unit["score"] = len(THREADS.findall(f.read()))
        except OSError:
            unit["score"] = -1
    return sorted((u for u in units if u["score"] >= 0), key=lambda u: (-u["score"], u["path"]))


def cpu(command, folder):
    """User + system seconds of a command and its children, and its exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.returncode


def commands(unit, database, arguments):
    argv = unit.get("arguments") or shlex.split(unit["command"])
    flags, skip = [], False
    for argument in argv[1:]:
        if skip or argument in ("-c", "-MD", "-MMD"):
            skip = False
        elif argument in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        else:
            flags.append(argument)
    tidy = ["clang-tidy-22", "--quiet", "-p", database, "--config={}"]
    out = {"parse": ["clang++-22", *flags, "-fsyntax-only", "-Qunused-arguments"]}
    for name, checks in CHECKS.items():
        load = ["--load=" + arguments.module] if name == "heddle" else []
        out[name] = tidy + load + ["--checks=-*," + checks, unit["path"]]
    return {name: command for name, command in out.items() if name in arguments.commands.split(",")}


def measure(arguments):
    queues = [(name, folder, entries(folder)) for name, folder in databases(arguments.corpus).items()]
    rows, depth = [], 0
    while len(rows) < arguments.units and any(depth < len(units) for _, _, units in queues):
        for name, folder, units in queues:
            if depth >= len(units) or len(rows) >= arguments.units:
                continue
            unit = units[depth]
            what = commands(unit, folder, arguments)
            if cpu(what.get("parse") or what["tidy"], unit["directory"])[1]:
                continue  # does not parse here
            seconds = {kind: [] for kind in what}
            for turn in range(arguments.repeat):
                for kind, command in what.items():
                    if turn and kind == "analyzer":
                        continue  # its figure is so large that once is enough
                    spent, status = cpu(command, unit["directory"])
                    if status:  # what dies early is not fast
                        sys.exit(f"bench: {kind} ended with {status} on {unit['path']}; nothing is measured")
                    seconds[kind].append(spent)
            rows.append((f"{name}/{os.path.basename(unit['path'])}", {k: min(v) for k, v in seconds.items()}))
            print(f"  {len(rows)}/{arguments.units} {rows[-1][0]}", file=sys.stderr)
        depth += 1
    return rows


def ratios(rows, kind, base):
    return sorted(row[kind] / row[base] for _, row in rows if kind in row and base in row)


def report(rows):
    print(f"{len(rows)} translation units, user + system time")
    print(f"{'':10}{'seconds':>9}{'/ parse':>9}{'/ tidy':>9}   spread of / tidy")
    for kind in COMMANDS:
        if not all(kind in row for _, row in rows):
            continue
        seconds = statistics.median(row[kind] for _, row in rows)
        line = f"{kind:10}{seconds:9.2f}"
        for base in ("parse", "tidy"):
            r = ratios(rows, kind, base)
            line += f"{statistics.median(r):9.3f}" if r else f"{'':9}"
        r = ratios(rows, kind, "tidy")
        if r and kind not in ("parse", "tidy"):
            quarter = len(r) // 4
            line += f"   {r[0]:.3f} .. {r[-1]:.3f}, middle half {r[quarter]:.3f} .. {r[-1 - quarter]:.3f}"
        print(line)


def pathological(arguments):
    generate = os.path.join(REPOSITORY, "test", "cli", "Inputs", "generate.py")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "paths.cpp")
        with open(path, "w") as f:
            subprocess.run([sys.executable, generate, "paths", "400", "2000"], stdout=f, check=True)
        seconds = {}
        for kind in ("tidy", "heddle"):
            load = ["--load=" + arguments.module] if kind == "heddle" else []
            command = ["clang-tidy-22", "--quiet", *load, "--checks=-*," + CHECKS[kind], path, "--", "-std=c++20"]
            runs = [cpu(command, folder) for _ in range(arguments.repeat)]
            if any(status for _, status in runs):
                sys.exit(f"bench: {kind} ended with {runs[0][1]}; nothing is measured")
            seconds[kind] = min(spent for spent, _ in runs)
    ratio = seconds["heddle"] / seconds["tidy"]
    print(f"400 branches, 2000 events: {ratio:.2f} times the parse ({seconds['tidy']:.2f} s)")
    return 1 if ratio >= 3 else 0  # it is about 2; paths that multiply would make it hundreds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", default=os.environ.get("HEDDLE_CORPUS"))
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--repeat", type=int, default=3, help="the least of so many runs counts")
    parser.add_argument("--module", default=os.path.join(REPOSITORY, "build", "22", "heddle.so"))
    parser.add_argument("--commands", default=",".join(COMMANDS), help="which to run (default: all)")
    parser.add_argument("--pathological", action="store_true")
    parser.add_argument("--tsv", help="write every figure there")
    arguments = parser.parse_args()
    arguments.module = os.path.abspath(arguments.module)
    if not os.path.exists(arguments.module):
        sys.exit(f"bench: there is no module {arguments.module}")
    if arguments.pathological:
        return pathological(arguments)
    rows = measure(arguments)
    if not rows:
        sys.exit("bench: no unit could be parsed")
    report(rows)
    if arguments.tsv:
        with open(arguments.tsv, "w") as f:
            kinds = list(rows[0][1])
            f.write("\t".join(["unit", *kinds]) + "\n")
            f.writelines("\t".join([name, *(f"{row[k]:.3f}" for k in kinds)]) + "\n" for name, row in rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
