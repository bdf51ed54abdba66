"""tabs.py FILE...: makes the | of a table in a test the tab that it stands for."""
import sys

for path in sys.argv[1:]:
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("|", "\t"))
