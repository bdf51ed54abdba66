#!/usr/bin/env python3
"""Writes projects of one source each with the databases that build systems write: databases.py SMALL_H. The source has
one bug, which needs the macro BUG where a project defines it."""
import json
import os
import shutil
import sys

SOURCE = """#include "small.h"
#include <cstddef>
BUG(p)
"""
BUG = "-DBUG(p)=void f(std::promise<int> p) { p.set_value(1); p.set_value(2); }"
QUOTED = "'" + BUG + "'"


def project(name, directory="build", source="a.cpp", database=None):
    top = os.path.abspath(name)
    os.makedirs(os.path.join(top, directory), exist_ok=True)
    shutil.copy(sys.argv[1], os.path.join(top, "small.h"))
    with open(os.path.join(top, source), "w") as f:
        f.write(SOURCE)
    return top, os.path.join(top, directory)


def write(folder, *entries):
    with open(os.path.join(folder, "compile_commands.json"), "w") as f:
        json.dump(entries, f)


def text(path, content):
    with open(path, "w") as f:
        f.write(content)


# CMake with GCC 14 and modules: everything is absolute, and the scanner's flags are in the command.
top, build = project("cmake-modules")
write(build, {"directory": build, "file": f"{top}/a.cpp", "output": "CMakeFiles/m.dir/a.cpp.o",
              "command": f"/usr/bin/c++ {QUOTED} -std=gnu++20 -MD -MT CMakeFiles/m.dir/a.cpp.o -MF CMakeFiles/m.dir/a.cpp.o.d "
                         "-fmodules-ts -fmodule-mapper=CMakeFiles/m.dir/a.cpp.o.modmap -MD -fdeps-format=p1689r5 -x c++ "
                         f"-o CMakeFiles/m.dir/a.cpp.o -c {top}/a.cpp"})

# CMake with Clang: a module map and a precompiled header that are not built yet; the header is included as text, too.
top, build = project("cmake-clang")
text(f"{build}/cmake_pch.hxx", "#include \"../small.h\"\n")
write(build, {"directory": build, "file": f"{top}/a.cpp",
              "command": f"/usr/bin/clang++ {QUOTED} -std=gnu++20 -Winvalid-pch -Xclang -include-pch -Xclang "
                         f"{build}/cmake_pch.hxx.pch -Xclang -include -Xclang {build}/cmake_pch.hxx -o a.o -c {top}/a.cpp "
                         "@CMakeFiles/m.dir/a.cpp.o.modmap"})

# Meson: the compiler by its name, behind a cache; everything else relative to the build folder.
top, build = project("meson")
write(build, {"directory": build, "file": "../a.cpp", "output": "m.p/a.cpp.o",
              "command": f"ccache c++ -Im.p -I. -I.. {QUOTED} -fdiagnostics-color=always -D_FILE_OFFSET_BITS=64 -Wall "
                         "-Winvalid-pch -std=c++20 -O0 -g -MD -MQ m.p/a.cpp.o -MF m.p/a.cpp.o.d -o m.p/a.cpp.o -c ../a.cpp"})

# Bazel, as hedron's extractor writes it: the workspace as folder, argument lists, headers as entries of their own.
top, build = project("bazel", ".")
arguments = ["/usr/bin/gcc", "-U_FORTIFY_SOURCE", "-fstack-protector", "-Wall", "-Wunused-but-set-parameter",
             "-fno-omit-frame-pointer", "-std=c++20", "-MD", "-MF", "bazel-out/k8-fastbuild/bin/_objs/a/a.pic.d",
             "-frandom-seed=bazel-out/k8-fastbuild/bin/_objs/a/a.pic.o", "-fPIC", "-iquote", ".", "-iquote",
             "bazel-out/k8-fastbuild/bin", "-fno-canonical-system-headers", "-Wno-builtin-macro-redefined",
             '-D__DATE__="redacted"', BUG, "-c", "a.cpp", "-o", "bazel-out/k8-fastbuild/bin/_objs/a/a.pic.o"]
write(top, {"directory": top, "file": "a.cpp", "arguments": arguments},
      {"directory": top, "file": "small.h", "arguments": arguments})

# Relative to the database, the compiler too, through a link.
top, build = project("relative")
os.makedirs(f"{top}/elsewhere/deep")
os.symlink("elsewhere/deep", f"{top}/link")
os.makedirs(f"{top}/tools")
os.symlink("/usr/bin/c++", f"{top}/tools/c++")
text(f"{top}/elsewhere/beside.h", "#include \"../small.h\"\n")
write(build, {"directory": "../link", "file": f"{top}/a.cpp",
              "arguments": ["../../tools/c++", "-std=c++20", "-include", "../beside.h", BUG, "-c", "../../a.cpp"]})

# Response files, one in another; one word of them is quoted.
top, build = project("response")
text(f"{build}/flags.rsp", "-std=c++20 @more.rsp\n")
text(f"{build}/more.rsp", QUOTED.replace("'", '"') + "\n-fanalyzer\n")
write(build, {"directory": build, "file": "../a.cpp", "command": "/usr/bin/c++ @flags.rsp -c ../a.cpp"})

# What wraps the compiler, or forwards to it.
for name, command in {
        "co-compile": f"/usr/bin/cmake -E __run_co_compile --launcher=ccache --tidy=clang-tidy --source=../a.cpp -- "
                      f"/usr/bin/g++ {QUOTED} -std=c++20 -c ../a.cpp",
        "environment": f"env LC_ALL=C distcc g++ {QUOTED} -std=c++20 -c ../a.cpp",
        "nvcc": f"/usr/local/cuda/bin/nvcc -forward-unknown-to-host-compiler {QUOTED} --generate-code=arch=compute_52,code=sm_52 "
                "-gencode arch=compute_60,code=sm_60 --expt-relaxed-constexpr -Xcompiler=-fPIC -Xcompiler -Wall -std=c++20 "
                "-c ../a.cpp"}.items():
    top, build = project(name)
    write(build, {"directory": build, "file": "../a.cpp", "command": command})

# Spaces and quotes.
top, build = project("with spaces", "build of it", "a 'b'.cpp")
write(build, {"directory": build, "file": "../a 'b'.cpp",
              "command": f"/usr/bin/c++ -DNAME=\\\"x\\ y\\\" \"-I{top}\" {QUOTED} -std=c++20 -c \"../a 'b'.cpp\""})

# Warnings that the build makes errors: by name, all of them, in the source, or because Clang is stricter than GCC.
top, build = project("werror")
text(f"{top}/a.cpp", SOURCE + """#pragma GCC diagnostic error "-Wunused-variable"
void g(int n) { struct S { char c; } s{n}; }
[[deprecated]] void old();
""" + "".join(f"void h{i}() {{ int unused{i}; old(); }}\n" for i in range(30)))
write(build, {"directory": build, "file": "../a.cpp",
              "arguments": ["/usr/bin/c++", BUG, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-Werror=deprecated-declarations",
                            "-pedantic-errors", "-Wfatal-errors", "-c", "../a.cpp"]})

# Flags of GCC's that Clang does not have.
top, build = project("unknown")
write(build, {"directory": build, "file": "../a.cpp",
              "arguments": ["/usr/bin/g++", BUG, "-std=c++20", "-fanalyzer", "-fconcepts-ts", "-fno-gnu-unique", "-fhardened",
                            "-fcondition-coverage", "-fno-var-tracking-assignments", "-fplugin=/no/such/plugin.so",
                            "-fplugin-arg-plugin-x=1", "-march=znver99", "-mno-such", "--param", "ggc-min-expand=20",
                            "-fprofile-use=/no/such", "-traditional-cpp", "-c", "../a.cpp"]})

# A flag that Clang dies of (a script in its place, here), beside others that it does not know.
top, build = project("deadly")
write(build, {"directory": build, "file": "../a.cpp",
              "arguments": ["/usr/bin/g++", BUG, "-std=c++20", "-fanalyzer", "-fdeadly", "-g", "-fno-gnu-unique", "-c", "../a.cpp"]})
text(f"{top}/tidy", """#!/bin/sh
for argument; do
  [ "$previous" = -p ] && grep -q -e -fdeadly "$argument/compile_commands.json" && kill -SEGV $$
  previous=$argument
done
exec clang-tidy-22 "$@"
""")
os.chmod(f"{top}/tidy", 0o755)

# Errors past the twentieth: what stands after them is analysed, too.
top, build = project("errors")
text(f"{top}/a.cpp", "".join(f"void e{i}() {{ undeclared{i}(); }}\n" for i in range(30)) + SOURCE)
write(build, {"directory": build, "file": "../a.cpp", "arguments": ["/usr/bin/c++", BUG, "-std=c++20", "-c", "../a.cpp"]})

# A unity build: the units are in the build folder, and include the sources.
top, build = project("unity")
os.makedirs(f"{top}/src")
for name in "ab":
    text(f"{top}/src/{name}.cpp", SOURCE.replace("small.h", "../small.h").replace("BUG(p)", f"namespace {name} {{ BUG(p) }}"))
text(f"{build}/unity_0_cxx.cxx", f'#include "{top}/src/a.cpp"\n#include "../src/b.cpp"\n')
text(f"{top}/.clang-tidy", "HeaderFilterRegex: include/.*\n")
write(build, {"directory": build, "file": "unity_0_cxx.cxx",
              "arguments": ["/usr/bin/c++", BUG, "-std=c++20", "-c", "unity_0_cxx.cxx"]})

# A file that is gone, and the one that took its place; a folder that is gone.
top, build = project("deleted")
entry = {"directory": build, "arguments": ["/usr/bin/c++", BUG, "-std=c++20", "-c", "../a.cpp"]}
write(build, dict(entry, file="../a.cpp"), dict(entry, file="../gone.cpp", arguments=["/usr/bin/c++", "-c", "../gone.cpp"]))
