#!/usr/bin/env python3
"""Runs a command in a copy of FOLDER that is outside of Heddle's sources; prints its output, its status and the files
that are there afterwards: elsewhere.py FOLDER COMMAND..."""
import os
import shutil
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory(prefix="heddle-test-") as top:
    folder = os.path.join(top, "project")
    shutil.copytree(sys.argv[1], folder)
    done = subprocess.run(sys.argv[2:], cwd=folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    print(done.stdout + f"status {done.returncode}")
    print("files:", *sorted(os.listdir(folder)))
