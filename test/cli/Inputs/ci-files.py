#!/usr/bin/env python3
"""The CI files are YAML, and the scripts of ours that they name exist."""
import os
import re
import sys

repository = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(repository, "tools"))
sys.dont_write_bytecode = True
from cli import yamltext  # noqa: E402

for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as f:
        text = f.read()
    try:
        assert yamltext.parse(text)
    except yamltext.Error as e:
        sys.exit(f"{path}:{e.line}: {e}")
    for name in re.findall(r"/usr/share/heddle/([\w./-]+)", text) + re.findall(r"GITHUB_ACTION_PATH/\.\./([\w.-]+)\"", text):
        name = name if "/" in name else "ci/" + name
        assert os.access(os.path.join(repository, "tools", name), os.X_OK), f"{path}: {name}"
