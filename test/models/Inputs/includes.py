#!/usr/bin/env python3
"""Prints a unit that includes the headers which a model (FILE.yaml) names."""
import re
import sys

with open(sys.argv[1]) as f:
    headers = re.search(r"^headers: \[(.*?)\]", f.read(), re.S | re.M)[1]
for header in re.split(r"[,\s]+", headers.strip()):
    print(f"#include <{header}>")
print("void something() {}")
