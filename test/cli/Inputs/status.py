#!/usr/bin/env python3
"""Runs a command and prints its whole output and its exit status, which lit's own shell can not tell."""
import subprocess
import sys

done = subprocess.run(sys.argv[1:], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
print(done.stdout + f"status {done.returncode}")
