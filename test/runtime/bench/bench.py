#!/usr/bin/env python3
"""Measures the runtime library beside its peers and prints the table of docs/runtime.md.

usage: bench.py BENCH [--go GO-PROGRAM] [--runs N] [--seconds S] [--only TEXT]

BENCH is runtime_bench (-DHEDDLE_RUNTIME_BENCH=ON), a Release build; `go build -o GO-PROGRAM main.go` makes the other. The two are run by turns, N times:
whatever else the machine does meets both. Told are medians, of heddle with its quartiles, and how many times as long the others
take (above 1: heddle is ahead).
"""
import argparse
import json
import statistics
import subprocess

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("bench")
parser.add_argument("--go")
parser.add_argument("--runs", type=int, default=9)
parser.add_argument("--seconds", type=float, default=0.05)
parser.add_argument("--only", default="")
arguments = parser.parse_args()

taken = {}  # (operation, who) -> nanoseconds of each run


def note(name, nanoseconds):
    operation, who, *more = name.replace("/real_time", "").replace("/process_time", "").split("/")
    if more and who.isdigit():
        who, more = more[0], [who]  # Go's order
    operation = " ".join([operation] + [f"(capacity {m})" for m in more])
    taken.setdefault((operation, who), []).append(nanoseconds)


for run in range(arguments.runs):
    output = subprocess.run([arguments.bench, "--benchmark_format=json", f"--benchmark_min_time={arguments.seconds}",
                             f"--benchmark_filter={arguments.only}"], capture_output=True, text=True, check=True).stdout
    for b in json.loads(output)["benchmarks"]:
        nanoseconds = b["real_time"] * {"ns": 1, "us": 1e3, "ms": 1e6}[b["time_unit"]]
        note(b["name"], 1e9 / b["items_per_second"] if "items_per_second" in b else nanoseconds)
    if arguments.go:
        output = subprocess.run([arguments.go, str(arguments.seconds), arguments.only], capture_output=True, text=True,
                                check=True).stdout
        for line in output.splitlines():
            name, nanoseconds = line.rsplit(" ", 1)
            note(name, float(nanoseconds))


def short(nanoseconds):
    for unit, scale in ("ns", 1), ("µs", 1e3), ("ms", 1e6):
        if nanoseconds < 1000 * scale or unit == "ms":
            return f"{nanoseconds / scale:.3g} {unit}"


peers = [w for w in ("std", "go", "fiber", "fiber_threads", "tbb", "absl", "heddle_some") if any(k[1] == w for k in taken)]
print("| operation | heddle | " + " | ".join(peers) + " |")
print("|---" * (len(peers) + 2) + "|")
for operation in dict.fromkeys(k[0] for k in taken):
    own = taken.get((operation, "heddle"))
    if not own:
        continue
    middle = statistics.median(own)
    low, _, high = statistics.quantiles(own, n=4) if len(own) > 1 else (middle,) * 3
    row = [operation, f"{short(middle)} ({short(low)}–{short(high)})"]
    for who in peers:
        other = taken.get((operation, who))
        row.append(f"{short(statistics.median(other))}, {statistics.median(other) / middle:.2g}×" if other else "")
    print("| " + " | ".join(row) + " |")
