"""The modules that the command needs beyond the standard library. They are imported where they are used, so that a run
with nothing to do starts without them."""
import importlib.util
import os
import shutil
import subprocess
import sys

from cli.say import Failure

PACKAGES = {"jinja2": "python3-jinja2", "markdown_it": "python3-markdown-it", "pygments": "python3-pygments",
            "rich": "python3-rich", "yaml": "python3-yaml"}


def require():
    """Starts over in an interpreter that has all modules if this one lacks some. Raises Failure if there is none."""
    missing = [package for name, package in PACKAGES.items() if not importlib.util.find_spec(name)]
    if not missing:
        return
    for python in ("/usr/bin/python3", shutil.which("python3")):
        if python and os.path.exists(python) and python != sys.executable and not subprocess.run(
                [python, "-c", "import " + ", ".join(PACKAGES)], stderr=subprocess.DEVNULL).returncode:
            os.execv(python, [python, *sys.argv])
    raise Failure(f"{sys.executable} lacks modules of Python: apt-get install {' '.join(missing)}")
