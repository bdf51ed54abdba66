#!/usr/bin/env python3
"""Checks the runtime's headers and sources with every compiler that is installed.

usage: headers.py COMPILER...

Each header compiles alone; everything compiles, links and runs, and compiles without exceptions and without RTTI, free
of warnings, with libstdc++ and, where it is installed, libc++; the example in each header's comment is, word for word,
in examples_test.cpp; annotations use the words of lib/vocabulary.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RUNTIME = HERE.parent.parent / "lib" / "runtime"
INCLUDE = RUNTIME / "include"
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]


def words(text):
    return " ".join(text.split())


def examples():
    compiled = words((HERE / "examples_test.cpp").read_text())
    problems = []
    for header in sorted((INCLUDE / "heddle").glob("*.h")):
        text = header.read_text()
        found = re.search(r"// Example \(compiled and run by test/runtime\):\n//\n((?://.*\n)+)#pragma once", text)
        if not found:
            continue
        # The parts between empty comment lines are compared one by one: the test puts them where they can stand.
        example = re.sub(r"(?m)^// ?", "", found.group(1))
        for part in re.split(r"\n\s*\n", example):
            if words(part) not in compiled:
                problems.append(f"{header.name}: not in examples_test.cpp:\n{part}")
    return problems


def annotations():
    """Each annotation speaks of operations, roles and facts that there are."""
    lib = RUNTIME.parent
    lists = [("vocabulary/Operations.def", "OPERATION"), ("vocabulary/Roles.def", "ROLE"), ("models/Facts.def", "FACT")]
    operations, roles, facts = (set(re.findall(macro + r'\(\w+, "([^"]+)"', (lib / file).read_text()))
                                for file, macro in lists)
    problems = []
    for header in sorted((INCLUDE / "heddle").glob("*.h")):
        if header.name == "annotations.h":
            continue
        for macro, words in re.findall(r'HEDDLE_(DOES|ROLE)\("([^"]*)"\)', header.read_text()):
            first, *rest = words.split()
            known = roles if macro == "ROLE" else operations | {"nothing", "returns"}
            problems += [f"{header.name}: unknown in an annotation: {w}" for w in
                         [first] * (first not in known) + [r for r in rest if r[0] == "!" and r[1:] not in facts]]
    return problems


def call(*command):
    run = subprocess.run(command, capture_output=True, text=True)
    return [] if run.returncode == 0 else [f"{' '.join(map(str, command))}: exit code {run.returncode}\n{run.stdout}{run.stderr}"]


def compile_with(compiler, flags, source, *more):
    return call(*compiler, "-std=c++20", f"-I{INCLUDE}", *WARNINGS, *flags, str(source), *more)


def variants(names):
    """The compilers that are installed, with what they need to link; clang also with libc++, if it has one."""
    found = [([c], []) for c in dict.fromkeys(filter(None, map(shutil.which, names)))]
    for (compiler,), _ in [v for v in found if "clang" in v[0][0]]:
        other = [compiler, "-stdlib=libc++"]
        # It may be there for another version of clang.
        probe = subprocess.run(other + ["-std=c++20", "-fsyntax-only", "-Werror", "-xc++", "-"], text=True,
                               capture_output=True, input="#include <chrono>\n")
        if probe.returncode == 0:
            # The archives are those of the headers; the shared libraries may be of another version.
            found.append((other, ["-nostdlib++", "-l:libc++.a", "-l:libc++abi.a"]))
    return found


def main():
    problems = examples() + annotations()
    compilers = variants(sys.argv[1:])
    headers = sorted(h for h in (INCLUDE / "heddle").glob("**/*.h") if h.name != "gtest.h")
    with tempfile.TemporaryDirectory() as folder:
        # One file with everything; GoogleTest-free. Sources are in it too: nothing in them clashes.
        unity = pathlib.Path(folder) / "unity.cpp"
        unity.write_text("".join(f'#include "{s}"\n' for s in sorted((RUNTIME / "src").glob("*.cpp"))) +
                         f'#include "{HERE / "everything.cpp"}"\n')

        def runs(number):
            compiler, link = compilers[number]
            program = pathlib.Path(folder) / f"program{number}"
            return compile_with(compiler, ["-pthread"], unity, "-o", program, *link) or call(program)

        def compiles(number):
            return compile_with(compilers[number][0], ["-fsyntax-only", "-fno-rtti", "-fno-exceptions", "-DNDEBUG",
                                                       "-DHEDDLE_CHECKS=1"], unity)

        def alone(header):
            return compile_with(compilers[0][0], ["-fsyntax-only", "-include", str(header), "-xc++"], "/dev/null")

        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for check, subjects in (runs, range(len(compilers))), (compiles, range(len(compilers))), (alone, headers):
                for found in pool.map(check, subjects if compilers else []):
                    problems += found
    print("\n".join(problems))
    names = ", ".join(" ".join(c) for c, _ in compilers)
    print(f"{len(headers)} headers, {len(compilers)} compilers ({names}), {len(problems)} problems")
    return 1 if problems or not compilers else 0


sys.exit(main())
