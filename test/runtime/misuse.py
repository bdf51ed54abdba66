#!/usr/bin/env python3
"""Compiles misuse.cpp and checks that every marked line, and no other, is an error.

usage: misuse.py COMPILER...   (those that are not installed are skipped, but one must be there)
"""
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE / "misuse.cpp"
INCLUDE = HERE.parent.parent / "lib" / "runtime" / "include"
NEARBY = 12  # lines of output that belong to one diagnostic


def check(compiler):
    unlimited = "-fmax-errors=0" if "g++" in compiler and "clang" not in compiler else "-ferror-limit=0"
    run = subprocess.run(
        [compiler, "-std=c++20", "-fsyntax-only", unlimited, "-Werror=unused-result", "-Werror=unused-value",
         f"-I{INCLUDE}", str(SOURCE)], capture_output=True, text=True)
    output = run.stderr.splitlines()
    problems = []
    expected = {}
    for number, line in enumerate(SOURCE.read_text().splitlines(), 1):
        if marked := re.search(r"// error: (.*)$", line):
            expected[number] = marked.group(1)
    named = {}
    for at, line in enumerate(output):
        if place := re.search(r"misuse\.cpp:(\d+):\d+: .*(error|required from here|requested here)", line):
            named.setdefault(int(place.group(1)), []).append(at)
    for number, pattern in expected.items():
        pattern = pattern.replace("no member named", "(no member named|has no member)").replace(
            "too few arguments", "(too few arguments|no matching)").replace("nodiscard", "(nodiscard|warn_unused)")
        around = [line for at in named.get(number, []) for line in output[max(0, at - NEARBY):at + NEARBY]]
        if not around:
            problems.append(f"{SOURCE.name}:{number}: compiles")
        elif not any(re.search(pattern, line) for line in around):
            problems.append(f"{SOURCE.name}:{number}: the diagnostic does not match '{pattern}':\n" + "\n".join(around))
    for number in sorted(set(named) - set(expected)):
        problems.append(f"{SOURCE.name}:{number}: unexpected: " + output[named[number][0]])
    for problem in problems:
        print(f"{compiler}: {problem}")
    print(f"{compiler}: {len(expected)} misuses, {len(problems)} problems")
    return not problems


present = [c for c in sys.argv[1:] if shutil.which(c)]
sys.exit(0 if present and all([check(c) for c in present]) else 1)
