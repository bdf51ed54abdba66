#!/usr/bin/env python3
"""syntax.py MODULE FILE...: compiles files with the flags with which the module's own sources were, without output."""
import json
import os
import shlex
import subprocess
import sys

build = os.path.dirname(os.path.abspath(sys.argv[1]))
with open(os.path.join(build, "compile_commands.json")) as f:
    entry = next(e for e in json.load(f) if e["file"].endswith("lib/check/TidyCheck.cpp"))
command = shlex.split(entry["command"])
command = [c for c in command if c not in ("-c", entry["file"])]
at = command.index("-o")
del command[at:at + 2]
status = [subprocess.run(command + ["-fsyntax-only", "-Werror", f], cwd=entry["directory"]).returncode for f in sys.argv[2:]]
sys.exit(max(status))
