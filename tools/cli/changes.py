"""What changed: since a revision, by git, or as a patch says."""
import os
import re
import subprocess
import sys

from cli.database import SOURCES, inside, parts
from cli.say import Failure

HUNK = re.compile(r"^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
WHOLE = (1, 1 << 30)


def git(folder, *arguments):
    """What git prints. Raises Failure."""
    try:
        done = subprocess.run(["git", "-C", folder, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError:
        raise Failure("git is not installed")
    if done.returncode:
        raise Failure("git: " + (done.stderr.decode(errors="replace").strip().splitlines() or ["failed"])[0])
    return done.stdout


def toplevel(folder):
    """The top of the working tree that the folder is in, or None. Git is not asked: it refuses trees of other users, and
    what a finding is called must not depend on who looks."""
    folder = os.path.realpath(folder)
    while not os.path.exists(os.path.join(folder, ".git")):
        if folder == os.path.dirname(folder):
            return None
        folder = os.path.dirname(folder)
    return folder


def is_patch(given):
    """Whether --diff names a patch: a file, or - for the standard input."""
    return given == "-" or os.path.isfile(given)


def since(root, given):
    """The changed lines of each file, as [(first, last)]: as the patch says, or of the working tree against the
    revision. Raises Failure."""
    if is_patch(given):
        return of_patch(root, given)
    try:
        top = git(root, "rev-parse", "--show-toplevel").decode(errors="surrogateescape").rstrip("\n")
    except Failure as e:
        why = f"{root} is in no git working tree" if "not a git repository" in str(e) else str(e)
        raise Failure(f"--diff: {why}; --diff FILE takes a patch")
    text = git(top, "-c", "core.quotePath=false", "diff", "-U0", "--no-color", "--no-ext-diff", "--no-prefix",
               "--src-prefix=a/", "--dst-prefix=b/", "--submodule=diff", "--ignore-submodules=untracked",
               base(top, given), "--").decode(errors="surrogateescape")
    for name in re.findall(r"^Submodule (.*) \w+\.{2,3}\w+ \(commits not present\)$", text, re.M):
        if os.path.exists(os.path.join(top, name, ".git")):
            raise Failure(f"--diff: the submodule {name} lacks the commit to compare with: fetch more of its history")
    changed = parse(text, lambda name: os.path.join(top, name[2:]))
    # Files that git does not know yet are new from top to bottom.
    unknown = git(top, "ls-files", "-z", "--others", "--exclude-standard").decode(errors="surrogateescape")
    for name in unknown.split("\0"):
        if name:
            changed[os.path.join(top, name)] = [WHOLE]
    return changed


def base(top, revision):
    """The commit to compare with: where the current branch left the revision, since what happened there meanwhile is no
    change of this branch; 'REV..' is the revision itself. Raises Failure."""
    if revision.startswith("-"):
        raise Failure(f"--diff: {revision} is no revision")
    exact = revision.endswith("..") and not revision.endswith("...")
    named = revision.rstrip(".") if revision.endswith("..") else revision
    try:
        commit = git(top, "rev-parse", "--verify", "--end-of-options", named + "^{commit}").decode().strip()
    except Failure:
        shallow = git(top, "rev-parse", "--is-shallow-repository").strip() == b"true"
        raise Failure(f"--diff: {named} is neither a revision here nor a file" + shallow * (
            "; this clone is shallow: fetch more of the history, as by git fetch --unshallow"))
    if exact:
        return commit
    try:
        return git(top, "merge-base", commit, "HEAD").decode().strip()
    except Failure:
        raise Failure(f"--diff: {named} and HEAD have no commit in common: fetch more of the history, or compare with "
                      f"the revision itself by --diff {named}..")


def of_patch(root, given):
    try:
        if given == "-":
            text = sys.stdin.buffer.read()
        else:
            with open(given, "rb") as f:
                text = f.read()
    except OSError as e:
        raise Failure(f"--diff: cannot read {given}: {e.strerror}")
    folders = [toplevel(root) or root, os.path.realpath("."), root]

    def locate(name):
        """The file that a patch names, with or without the first folder of its path."""
        names = [name.split("/", 1)[1], name] if "/" in name else [name]
        found = [os.path.join(f, n) for n in names for f in folders]
        return next(filter(os.path.isfile, found), found[0])
    changed = parse(text.decode(errors="surrogateescape"), locate)
    if not changed and text.strip():
        raise Failure(f"--diff: {given} is no unified diff")
    return changed


def parse(text, locate):
    """The changed lines of each file of a unified diff; `locate` makes a file of its name there."""
    changed, file, old, new, line, removed = {}, None, 0, 0, 0, False
    for text in text.split("\n"):
        if old > 0 or new > 0:  # in a hunk, where a line may look like anything
            if text.startswith("-"):
                old, removed = old - 1, True
            elif text.startswith("+"):
                if file:
                    changed[file].append((line, line))
                new, line, removed = new - 1, line + 1, False
            elif not text.startswith("\\"):
                old, new, line = old - 1, new - 1, line + 1
            if removed and not text.startswith("-" if old > 0 or new > 0 else "+"):
                if file:  # lines were taken out and none came: what is left around them
                    changed[file].append((line - 1, line) if text.startswith("-") else (line - 2, line - 1))
                removed = False
            continue
        m = HUNK.match(text)
        if m:
            old, new = (1 if n is None else int(n) for n in (m[1], m[3]))
            line = int(m[2]) + (new == 0)  # without new lines the number is that of the line before
        elif text.startswith("+++ "):
            name = text[4:].split("\t")[0].rstrip("\r")
            file = None if name == "/dev/null" else locate(unquote(name))
            if file:
                changed.setdefault(file, [])
    return changed


def unquote(name):
    """The name as it is; git quotes what has control characters, quotes or backslashes."""
    if len(name) < 2 or name[0] != '"':
        return name
    name = re.sub(r"\\([0-7]{3}|.)", lambda m: chr(int(m[1], 8)) if len(m[1]) == 3 else
                  {"n": "\n", "t": "\t"}.get(m[1], m[1]), name[1:-1])
    try:
        return name.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return name


def holds(changed, file, line):
    ranges = changed.get(os.path.realpath(file)) or changed.get(file) or ()
    return any(first <= line <= last for first, last in ranges)


def touches(finding, changed):
    """Whether the finding or a step of its story is in a changed line."""
    return any(holds(changed, place["file"], place["line"]) for place in [finding, *finding["notes"]])


def unknown_sources(changed, units, paths):
    """The changed sources under the paths that are no unit."""
    known = {u.file for u in units} | {os.path.realpath(u.file) for u in units}
    unknown = [f for f in changed if f.endswith(SOURCES) and os.path.isfile(f) and f not in known
               and os.path.realpath(f) not in known and any(inside(os.path.realpath(f), p) for p in paths)]
    if unknown:
        known |= {p for u in units for p in parts(u.file)}
    return sorted(f for f in unknown if os.path.realpath(f) not in known)


def concerned(units, results, changed):
    """The units that a change may concern: those that read a changed file when they were last analysed; without that
    knowledge those that are changed themselves, or all, when a header is."""
    real = {os.path.realpath(f) for f in changed} | set(changed)
    within = any(f.endswith(SOURCES) for f in real - {os.path.realpath(u.file) for u in units})  # as in a unity build
    header = any(not f.endswith((*SOURCES, ".c", ".m")) for f in changed if os.path.splitext(f)[1] not in
                 (".md", ".txt", ".py", ".sh", ".yml", ".yaml", ".json", ".cmake", ".html", ".js", ".css"))

    def concerns(unit):
        if unit.file in real or os.path.realpath(unit.file) in real:
            return True
        if within and real & set(parts(unit.file)):
            return True
        known = results.files_read(unit) if header else []
        return known is None or any(f in real for f in known)
    return [u for u in units if concerns(u)]


def includers(units, results, header):
    """The units that read the header when they were last analysed; of those that never were the ones whose own text
    includes a file of that name."""
    name = re.escape(os.path.basename(header)).encode(errors="surrogateescape")
    include = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<](?:[^">\n]*/)?' + name + rb'[">]', re.M)

    def includes(unit):
        known = results.files_read(unit)
        if known is not None:
            return any(os.path.realpath(f) == header for f in known if os.path.basename(f) == os.path.basename(header))
        try:
            with open(unit.file, "rb") as f:
                return bool(include.search(f.read()))
        except OSError:
            return False
    return [u for u in units if includes(u)]
