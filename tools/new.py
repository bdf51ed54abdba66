#!/usr/bin/env python3
"""`heddle new`: writes a check's source, page and test from tools/templates. The example in them is a check that
works: change it step by step, and the tests tell where you are."""
import argparse
import os
import re
import sys

REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TEMPLATES = os.path.join(REPOSITORY, "tools", "templates")
FORMS = sorted(os.listdir(TEMPLATES))


def fail(text):
    print("heddle: " + text, file=sys.stderr)
    sys.exit(2)


def main():
    parser = argparse.ArgumentParser(prog="heddle new", description=__doc__)
    parser.add_argument("check", metavar="FAMILY/NAME", help="futures/lost-result")
    parser.add_argument("--form", choices=FORMS, default="automaton")
    parser.add_argument("--root", default=REPOSITORY, help=argparse.SUPPRESS)
    a = parser.parse_args()

    parts = re.fullmatch(r"([a-z]+)/(?:heddle-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)", a.check)
    if not parts:
        fail(f"'{a.check}' is not FAMILY/NAME in small letters, like futures/lost-result")
    family, name = parts.groups()
    for root, _, names in os.walk(os.path.join(a.root, "checks")):
        if name + ".cpp" in names:
            fail(f"there is a check heddle-{name} already: {os.path.relpath(os.path.join(root, name + '.cpp'), a.root)}")
    targets = {"check.cpp": f"checks/{family}/{name}.cpp", "page.md": f"docs/checks/{family}/{name}.md",
               "test.cpp": f"test/checks/{family}/{name}.cpp"}
    for path in targets.values():
        if os.path.exists(os.path.join(a.root, path)):
            fail(f"{path} exists already")
    for template, path in targets.items():
        with open(os.path.join(TEMPLATES, a.form, template)) as f:
            text = f.read().replace("@NAME@", name).replace("@FAMILY@", family)
        full = os.path.join(a.root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(text)
        print(path)
    print(f"now: tools/test test/checks/{family}/{name}.cpp docs/checks/{family}/{name}.md")


if __name__ == "__main__":
    main()
