#!/usr/bin/env python3
"""Writes code that is large in one way:

  generate.py lines N      one function of N lines of locks, branches and promises
  generate.py lambdas N    N lambdas, one in the other
  generate.py nesting N    N blocks, loops and trys, one in the other
  generate.py calls N      N functions that call each other, and throw
  generate.py paths N M    one function of N branches and M events
"""
import sys

kind, count = sys.argv[1], int(sys.argv[2])
out = ["#include <condition_variable>", "#include <future>", "#include <mutex>", "#include <thread>", "",
       "int value(int);", "std::mutex m;", ""]
if kind == "lines":
    out += ["void large(int x) {", "  std::promise<int> p;"]
    while len(out) < count - 3:
        i = len(out)
        out += [f"  if (value({i}))", f"    x += {i};", "  {", "    std::lock_guard<std::mutex> l(m);",
                f"    x = value(x + {i});", "  }"]
    out += ["  p.set_value(x);", "  p.set_value(x);", "}"]
elif kind == "lambdas":
    out += ["void deep(std::promise<int> &&q) {", "  std::promise<int> p = std::move(q);"]
    out += ["  [&] {" for _ in range(count)]
    out += ["  p.set_value(1);", "  p.set_value(2);"]
    out += ["  }();" for _ in range(count)]
    out += ["}"]
elif kind == "nesting":
    out += ["void deep(int x) {"]
    opening = ["if (value(x)) {", "while (value(x)) {", "{ std::unique_lock<std::mutex> l(m);", "try {"]
    out += [opening[i % 4] for i in range(count)]
    out += ["x = value(x);"]
    out += ["} catch (...) { }" if i % 4 == 3 else "}" for i in reversed(range(count))]
    out += ["}"]
elif kind == "calls":
    out += [f"int call{i}(int);" for i in range(count)]
    for i in range(count):
        out += [f"int call{i}(int x) {{", "  try {", f"    if (x == {i})", "      throw x;"]
        out += [f"    x += call{k}(x - 1);" for k in range(count) if k != i]
        out += ["  } catch (const char *) {", "  }", "  return x;", "}"]
    out += [f"void start(int x) {{ std::thread([x] {{ call{count - 1}(x); }}).detach(); }}"]
elif kind == "paths":
    branches, events = count, int(sys.argv[3])
    out += ["void wide(int *x) {"]
    out += [f"  std::promise<int> p{i};" for i in range(20)]
    for b in range(branches):
        out += [f"  if (x[{b}]) {{"]
        for e in range(max(1, events // branches)):
            i = (b * 7 + e) % 20
            out += ["    { std::lock_guard<std::mutex> l(m);", f"      x[{b}] = value({e}); }}" if e % 2
                    else f"      p{i} = std::promise<int>(); }}"]
        out += ["  }"]
    out += [f"  p{i}.set_value({i});" for i in range(20)]
    out += ["}"]
else:
    sys.exit(__doc__)
print("\n".join(out))
