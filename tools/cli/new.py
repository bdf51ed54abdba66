"""`heddle new`: writes a check's source, page and test from tools/templates. The example in them is a check that
works: change it step by step, and the tests tell where you are."""
import os
import re

from cli import where
from cli.say import Failure

TEMPLATES = os.path.join(where.REPOSITORY, "tools", "templates")


def run(a):
    root = a.root or where.REPOSITORY
    parts = re.fullmatch(r"([a-z]+)/(?:heddle-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)", a.check)
    if not parts:
        raise Failure(f"'{a.check}' is not FAMILY/NAME in small letters, like futures/lost-result")
    family, name = parts.groups()
    for folder, _, names in os.walk(os.path.join(root, "checks")):
        if name + ".cpp" in names:
            raise Failure(f"there is a check heddle-{name} already: {os.path.relpath(os.path.join(folder, name + '.cpp'), root)}")
    targets = {"check.cpp": f"checks/{family}/{name}.cpp", "page.md": f"docs/checks/{family}/{name}.md",
               "test.cpp": f"test/checks/{family}/{name}.cpp"}
    for path in targets.values():
        if os.path.exists(os.path.join(root, path)):
            raise Failure(f"{path} exists already")
    for template, path in targets.items():
        with open(os.path.join(TEMPLATES, a.form, template)) as f:
            text = f.read().replace("@NAME@", name).replace("@FAMILY@", family)
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w") as f:
            f.write(text)
        print(path)
    print(f"now: tools/test test/checks/{family}/{name}.cpp docs/checks/{family}/{name}.md")

