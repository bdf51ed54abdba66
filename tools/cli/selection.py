"""What is selected of what the analysis found: each unit is analysed with all checks, so that every selection shares
its results.

Rules by path stand in .heddle.yaml, as in `tests/**: {profile: bug}`; of several that match a file the last decides.
"""
import collections
import difflib
import fnmatch
import os
import re

from cli.checks import PROFILES
from cli.say import Failure

# pattern: a compiled glob, from the folder of .heddle.yaml; settings: checks, profile, fail-on, or None for "off".
Rule = collections.namedtuple("Rule", "folder pattern settings")

GLOB = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def compile_glob(glob):
    """A pattern for relative paths, '**' for any number of folders; a folder stands for what is in it."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]+\])", glob.rstrip("/"))
    text = "".join(GLOB.get(p) or (p.replace("[!", "[^") if p.startswith("[") and p.endswith("]") else re.escape(p))
                   for p in parts)
    return re.compile(text + "(?:/.*)?")


def change(names, described, text, preview):
    """The names after a list as clang-tidy takes it: 'a,-b*' adds and removes. A glob adds no previews without `preview`."""
    names = set(names)
    for item in (i.strip() for i in text.split(",")):
        found = set(fnmatch.filter(described, item.lstrip("-")))
        if item.startswith("-"):
            names -= found
        else:
            names |= {n for n in found if preview or n == item or not described[n]["preview"]}
    return names


def must_exist(pattern, there, place=""):
    """Raises Failure for a name or a glob that no check has: what is misspelt would look clean."""
    if not fnmatch.filter(there, pattern):
        close = [] if "*" in pattern else difflib.get_close_matches(pattern, there, 1, 0.8)
        raise Failure(f"no check is called {pattern}{place}; " + (f"did you mean {close[0]}?" if close else
                                                                  "'heddle list' names them"))


def check_rules(rules, described):
    """Raises Failure for a check that a rule names and that does not exist."""
    for rule in rules:
        for name in ((rule.settings or {}).get("checks") or "").split(","):
            if name.strip(" -"):
                must_exist(name.strip(" -"), described, f", in a rule of {os.path.join(rule.folder, '.heddle.yaml')}")


def of_profile(name, described, preview):
    return {n for n, c in described.items() if c["tier"] in PROFILES[name][0].split() and (preview or not c["preview"])}


class Selection:
    """`described` is what the module says of its checks; `base` the names that any unit's configuration selects."""

    def __init__(self, a, described, scope):
        self.described, self.scope = described, scope
        self.rules = a.rules
        # What the command line says goes before the rules: they can only take away from it.
        self.narrow = bool({"checks", "profile"} & a.given)
        self.preview = getattr(a, "preview", None)
        self.fail_on, self.fixed = a.fail_on, "fail_on" in a.given
        self.base, self.cache = set(), {}
        check_rules(self.rules, described)

    def settings(self, file):
        """The settings of the rules that match a file, in order; None in place of them for a file that is off."""
        file = self.scope.path(file)
        if file not in self.cache:
            found = []
            for rule in self.rules:
                if file.startswith(rule.folder) and rule.pattern.fullmatch(file[len(rule.folder):].lstrip("/")):
                    found = None if rule.settings is None else (found or []) + [rule.settings]
            self.cache[file] = found
        return self.cache[file]

    def selects(self, check, file, names=None):
        """Whether a finding is shown that the check has in the file. `names` are what the unit's configuration selects;
        without them those of any unit."""
        names, settings = self.base if names is None else names, self.settings(file)
        if settings is None:
            return False
        wanted = set(names)
        for s in settings:
            if "profile" in s:
                wanted = of_profile(s["profile"], self.described, self.preview)
            if "checks" in s:
                wanted = change(wanted, self.described, s["checks"], self.preview)
        return check in wanted and (not self.narrow or check in names)

    def apply(self, result, names):
        """The result of a unit, reduced to what is selected."""
        self.base |= set(names)
        memory = {}

        def wanted(f):
            key = f["check"], f["file"]
            if key not in memory:
                memory[key] = self.selects(*key, names)
            return memory[key]
        return dict(result, **{kind: list(filter(wanted, result[kind])) for kind in ("findings", "hidden")})

    def fails(self, finding):
        """Whether the finding ends the command with status 1."""
        level = self.fail_on
        if not self.fixed:
            for s in self.settings(finding["file"]) or ():
                level = s.get("fail-on", level)
        return level == "risk" or level == finding["tier"]

    def concerns(self, pattern, file):
        """Whether a NOLINT of this name or glob says something of the selected checks."""
        return any(self.selects(n, file) for n in fnmatch.filter(self.described, pattern))

    def exists(self, pattern):
        return bool(fnmatch.filter(self.described, pattern))
