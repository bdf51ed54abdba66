#!/usr/bin/env python3
"""Tells which spellings of the closed lists the guide to models does not have, and which of its words are in no list."""
import re
import sys

repository = sys.argv[1]
with open(f"{repository}/docs/guides/models.md") as f:
    section = re.search(r"^## The words$(.*?)^## ", f.read(), re.S | re.M)[1]
failed = False
for title, file in (("Operations", "lib/vocabulary/Operations.def"), ("Roles", "lib/vocabulary/Roles.def"),
                    ("Facts", "lib/models/Facts.def")):
    with open(f"{repository}/{file}") as f:
        known = set(re.findall(r'^[A-Z]+\(\w+, "([^("]+)"', f.read(), re.M))
    written = set(re.findall(r"`([a-z-]+)`", re.search(rf"^{title} \(.*?\.$", section, re.S | re.M)[0]))
    for word in sorted(known ^ written):
        failed = True
        print(f"{title}: {'missing in the guide' if word in known else 'in no list'}: {word}")
sys.exit(failed)
