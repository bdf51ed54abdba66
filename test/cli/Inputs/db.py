#!/usr/bin/env python3
"""Writes FOLDER/compile_commands.json for sources named from that folder: db.py FOLDER FILE... [-- FLAG...]"""
import json
import os
import sys

arguments = sys.argv[1:]
split = arguments.index("--") if "--" in arguments else len(arguments)
folder, *names = arguments[:split]
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "compile_commands.json"), "w") as f:
    json.dump([{"directory": os.path.abspath(folder), "file": name,
                "arguments": ["c++", "-std=c++20", *arguments[split + 1:], "-c", name]} for name in names], f)
