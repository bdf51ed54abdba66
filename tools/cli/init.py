"""`heddle init`: what a project needs to be linted by people, by their editors and by its forge."""
import os
import subprocess
import sys

from cli import checks, where
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
    done = subprocess.run(["git", "-C", folder, "remote", "-v"], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return next((n for n in ("github", "gitlab") if n in done.stdout), "none")


def configuration(profile, described):
    """A .clang-tidy that adds the checks of a profile to those that clang-tidy has on."""
    lines = checks.profile(profile, described).split("\n")
    lines[1] = "# Written by heddle init; 'heddle list' names the checks, 'heddle explain CHECK' tells of each."
    return "\n".join(lines)


def ask(path):
    """Whether a file that is there may be overwritten. Who can not be asked says no."""
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
        say(f"left {path} as it is; what would have been written (--yes overwrites):")
        print("".join("  " + line + "\n" for line in text.rstrip("\n").split("\n")), end="")
    if name == "none":
        say("no CI file: neither GitHub, GitLab nor Jenkins was recognised; --ci names one")
    return 0
