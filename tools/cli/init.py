"""`heddle init`: what a project needs to be linted by people, by their editors and by its forge."""
import os
import sys

from cli import changes, checks, yamltext, where
from cli.say import Failure, say

CLANGD = """# heddle-clangd shows Heddle's checks by itself; a clangd that has them linked in otherwise needs this line.
Diagnostics:
  ClangTidy:
    FastCheckFilter: Loose
"""
FORGES = {
    "github": (".github/workflows/heddle.yml", "github-workflow.yml"),
    "gitlab": (".gitlab-ci.yml", "gitlab-template.yml"),
    "jenkins": ("Jenkinsfile", "Jenkinsfile"),
}


def forge(folder):
    """The forge that the project uses already, by its files and then by where it is pushed to; "none" for neither."""
    for name, mark in (("github", ".github"), ("gitlab", ".gitlab-ci.yml"), ("jenkins", "Jenkinsfile")):
        if os.path.exists(os.path.join(folder, mark)):
            return name
    try:
        remotes = changes.git(folder, "remote", "-v").decode(errors="replace")
    except Failure:  # no git, or no working tree
        return "none"
    return next((n for n in ("github", "gitlab") if n in remotes), "none")


def configuration(profile, described):
    """A .clang-tidy that adds the checks of a profile to those that clang-tidy has on."""
    lines = checks.profile(profile, described).split("\n")
    lines[1] = "# Written by heddle init; 'heddle list' lists the checks, 'heddle explain CHECK' describes one."
    return "\n".join(lines)


def addition(path, profile, described):
    """What to add to a .clang-tidy that is there, to have the checks of a profile; "" when it has some of Heddle's."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    wanted = yamltext.parse(checks.profile(profile, described))["Checks"][1:]  # without the '-*'
    try:
        there = yamltext.parse(text).get("Checks", "")
    except (yamltext.Error, AttributeError):
        there = ""
    if "heddle-" in str(there):
        return ""
    if isinstance(there, list):
        return "the end of its Checks:\n" + "".join(f"  - '{c}'\n" for c in wanted)
    if there:
        return "the end of the value of its Checks:\n  ," + ",".join(wanted) + "\n"
    return "it, as a line of its own:\n  Checks: '" + ",".join(wanted) + "'\n"


def ask(path):
    """Whether a file that is there may be overwritten. Who cannot be asked says no."""
    if not sys.stdin.isatty():
        return False
    print(f"heddle: {path} exists; overwrite it? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def run(a, described):
    folder = a.folder or "."
    if not os.path.isdir(folder):
        raise Failure(f"there is no folder {folder}")
    files = [(".clang-tidy", configuration(a.profile, described)), (".clangd", CLANGD)]
    name = a.ci or forge(folder)
    if name != "none":
        path, template = FORGES[name]
        with open(os.path.join(where.CI, template), encoding="utf-8") as f:
            files.append((path, f.read()))
    left = []
    for path, text in files:
        full = os.path.join(folder, path)
        if os.path.exists(full):
            with open(full, encoding="utf-8", errors="replace") as f:
                if f.read() == text:
                    say(f"{path} is as it should be")
                    continue
            if not a.yes and not ask(path):
                left.append((path, text))
                continue
        os.makedirs(os.path.dirname(full) or ".", exist_ok=True)
        with open(full, "w", encoding="utf-8") as f:
            f.write(text)
        say(f"wrote {path}")
    for path, text in left:
        if path == ".clang-tidy":
            what = addition(os.path.join(folder, path), a.profile, described)
            if what:
                say(f"left {path} as it is (--yes overwrites it); add to {what}".rstrip("\n"))
            else:
                say(f"left {path} as it is: it has checks of Heddle's")
            continue
        say(f"left {path} as it is; what would have been written (--yes overwrites):")
        print("".join("  " + line + "\n" for line in text.rstrip("\n").split("\n")), end="")
    if name == "none":
        say("no CI file: neither GitHub, GitLab nor Jenkins was recognised; --ci names one")
    return 0
