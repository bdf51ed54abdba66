"""What changed since a revision, by git."""
import os
import re
import subprocess

from cli.say import Failure

HUNK = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@")
SOURCES = (".cpp", ".cc", ".cxx", ".c++", ".C", ".mm", ".c", ".m")


def git(folder, *arguments):
    done = subprocess.run(["git", "-C", folder, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise Failure("git: " + (done.stderr.decode(errors="replace").strip().splitlines() or ["failed"])[0])
    return done.stdout


def toplevel(folder):
    """The top of the working tree that the folder is in, or None."""
    try:
        return git(folder, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").rstrip("\n")
    except (Failure, OSError):
        return None


def since(folder, revision):
    """The changed lines of each file, as [(first, last)], in the working tree against the revision. Files that git does
    not know yet are new from top to bottom. Raises Failure."""
    top = toplevel(folder)
    if not top:
        raise Failure(f"--diff: {folder} is in no git working tree")
    if revision.startswith("-"):
        raise Failure(f"--diff: {revision} is no revision")
    changed, file = {}, None
    text = git(top, "-c", "core.quotePath=false", "diff", "-U0", "--no-color", "--no-ext-diff", "--no-prefix",
               "--src-prefix=a/", "--dst-prefix=b/", revision, "--").decode(errors="surrogateescape")
    for line in text.split("\n"):
        if line.startswith("+++ "):
            name = line[4:].rstrip("\t")
            file = os.path.join(top, name[2:]) if name.startswith("b/") else None
            if file:
                changed.setdefault(file, [])
        m = HUNK.match(line)
        if m and file:
            length = 1 if m[2] is None else int(m[2])
            if length:
                changed[file].append((int(m[1]), int(m[1]) + length - 1))
            else:  # lines were taken out: what is left around them
                changed[file].append((int(m[1]), int(m[1]) + 1))
    for name in git(top, "ls-files", "-z", "--others", "--exclude-standard").decode(errors="surrogateescape").split("\0"):
        if name:
            changed[os.path.join(top, name)] = [(1, 1 << 30)]
    return changed


def touches(finding, changed):
    """Whether the finding or a step of its story is in a changed line."""
    for place in [finding, *finding["notes"]]:
        ranges = changed.get(os.path.realpath(place["file"])) or changed.get(place["file"]) or ()
        if any(first <= place["line"] <= last for first, last in ranges):
            return True
    return False


def concerned(units, results, changed):
    """The units that a change may concern: those that read a changed file when they were last analysed; without that
    knowledge those that are changed themselves, or all, when a header is."""
    real = {os.path.realpath(f) for f in changed} | set(changed)
    header = any(not f.endswith(SOURCES) for f in changed if os.path.splitext(f)[1] not in
                 (".md", ".txt", ".py", ".sh", ".yml", ".yaml", ".json", ".cmake", ".html", ".js", ".css"))

    def concerns(unit):
        if unit.file in real or os.path.realpath(unit.file) in real:
            return True
        known = results.files_read(unit) if header else []
        return known is None or any(f in real for f in known)
    return [u for u in units if concerns(u)]
