#!/usr/bin/env python3
"""Fixes that clash, and ones that LLVM's YAML would fold: applied by clang-apply-replacements as they are meant."""
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools"))
sys.dont_write_bytecode = True
from cli import fix, where  # noqa: E402

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "a b.cpp")
    with open(path, "w") as f:
        f.write("0123456789\n")

    def finding(*edits):
        return {"fixes": [{"file": path, "offset": o, "length": n, "new": t} for o, n, t in edits]}

    findings = [finding((1, 2, "\n    indented\n\n'\"é\\n")), finding((2, 3, "clash")), finding((1, 2, "\n    indented\n\n'\"é\\n")),
                finding((8, 0, "one")), finding((8, 0, "other")), {"message": "no fix"}, finding((5, 1, ""))]
    chosen, waiting = fix.choose(findings)
    assert [findings.index(f) for f in waiting] == [1, 4], waiting
    trouble = fix.apply(chosen, where.tool("clang-apply-replacements", "22"))
    assert not trouble, trouble
    with open(path) as f:
        text = f.read()
    assert text == "0\n    indented\n\n'\"é\\n3467one89\n", text
