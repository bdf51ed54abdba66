"""Where things are: beside the sources, or in an installed tree (PREFIX/lib/heddle/cli)."""
import glob
import os
import shutil

from cli.say import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(HERE))
IN_SOURCES = os.path.isfile(os.path.join(REPOSITORY, "lib", "check", "Module.cpp"))
if IN_SOURCES:
    DOCS = os.path.join(REPOSITORY, "docs")
    TOUR = os.path.join(REPOSITORY, "tools", "tour")
    CI = os.path.join(REPOSITORY, "tools", "ci")
else:
    PREFIX = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
    DOCS = os.path.join(PREFIX, "share", "heddle", "docs")
    TOUR = os.path.join(PREFIX, "share", "heddle", "tour")
    CI = os.path.join(PREFIX, "share", "heddle", "ci")


def module(llvm):
    """The module for this LLVM. Raises Failure."""
    if os.environ.get("HEDDLE_MODULE"):
        path = os.environ["HEDDLE_MODULE"]
    elif IN_SOURCES:
        path = os.path.join(REPOSITORY, "build", llvm, "heddle.so")
    else:
        path = os.path.join(os.path.dirname(HERE), llvm, "heddle.so")
    if not os.path.isfile(path):
        raise Failure(f"there is no module {path}" + (": ninja -C build/" + llvm + " heddle" if IN_SOURCES else
                                                      f": this package is for another LLVM than {llvm}"))
    return path


def tool(name, llvm, package=None):
    """The path of an LLVM tool, by its versioned name first. Raises Failure."""
    for candidate in (f"{name}-{llvm}", f"/usr/lib/llvm-{llvm}/bin/{name}"):
        found = shutil.which(candidate)
        if found:
            return found
    raise Failure(f"{name}-{llvm} is not installed: apt-get install {package or name}-{llvm}")


def ninja():
    found = shutil.which("ninja") or shutil.which("ninja-build")
    if not found:
        raise Failure("ninja is not installed: apt-get install ninja-build")
    return found


def page(check):
    """The page of a check, by its name with or without heddle-; None for no such check."""
    name = check[len("heddle-"):] if check.startswith("heddle-") else check
    found = glob.glob(os.path.join(DOCS, "checks", "*", glob.escape(name) + ".md"))
    return found[0] if found else None


def read_page(check):
    """The text of a page without what is there for its test."""
    path = page(check)
    if not path:
        return None
    with open(path, encoding="utf-8") as f:
        text = f.read()
    kept, hidden = [], False
    for line in text.split("\n"):
        hidden = hidden or line.startswith("<!--")
        if not hidden:
            kept.append(line)
        hidden = hidden and "-->" not in line
    return "\n".join(kept)
