#!/usr/bin/env python3
"""Prints the leaves of a JSON file, a line each, below a path such as '$.runs[0]'."""
import json
import re
import sys


def leaves(value, path):
    if isinstance(value, dict):
        for key in sorted(value):
            leaves(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for i, v in enumerate(value):
            leaves(v, f"{path}[{i}]")
    else:
        print(f"{path} = {json.dumps(value, ensure_ascii=False)}")


with open(sys.argv[1], encoding="utf-8") as f:
    top = json.load(f)
for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", sys.argv[2] if len(sys.argv) > 2 else ""):
    top = top[name] if name else top[int(index)]
leaves(top, "")
