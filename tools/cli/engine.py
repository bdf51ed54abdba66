"""clang-tidy as the engine: which checks it has, and what the .clang-tidy files say for a unit."""
import hashlib
import json
import os
import subprocess
import tempfile

from cli import yamltext
from cli.say import Failure


MEMORY = 2  # of what an engine remembers; another number makes it ask again


def stamp(path):
    s = os.stat(path)
    return [os.path.realpath(path), s.st_size, s.st_mtime_ns]


def content_of(path):
    try:
        with open(path, "rb") as f:
            return hashlib.sha1(f.read()).hexdigest()
    except OSError:
        return ""


class Engine:
    """A clang-tidy with the module loaded. What it answers is remembered in `memory`, a JSON file. Checks that are
    previews run only with `preview`, or where they are named in full."""

    def __init__(self, tidy, module, memory, preview=False):
        self.tidy, self.module, self.memory, self.preview = tidy, module, memory, preview
        self.identity = json.dumps([MEMORY, stamp(tidy), stamp(module)])
        self.known = {}
        try:
            with open(memory) as f:
                known = json.load(f)
            if known["identity"] == self.identity:
                self.known = known
        except (OSError, ValueError, KeyError, TypeError):
            pass
        if not self.known:
            self.known = {"identity": self.identity, "module": content_of(module), "configurations": {},
                          **self.describe()}
            self.save()
        self.chains = {}

    def save(self):
        temporary = f"{self.memory}.{os.getpid()}"
        with open(temporary, "w") as f:
            json.dump(self.known, f)
        os.replace(temporary, self.memory)

    def ask(self, *arguments, **environment):
        return subprocess.run([self.tidy, "--load=" + self.module, *arguments], text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=dict(os.environ, **environment))

    def describe(self):
        """The checks as the module describes them, and the version of clang-tidy. Raises Failure."""
        with tempfile.NamedTemporaryFile() as f:
            # All symbols are looked up at once: one that is missing would else be met in the middle of a unit.
            done = self.ask("--checks=-*,heddle-*", "--list-checks", HEDDLE_DUMP_CHECKS=f.name, LD_BIND_NOW="1")
            try:
                checks = json.load(f)
            except ValueError:
                why = (done.stderr + done.stdout).strip().splitlines()
                raise Failure(f"{self.tidy} can not load {self.module}: it is of another LLVM, or not a module"
                              + (f" ({why[0]})" if why else ""))
        version = subprocess.run([self.tidy, "--version"], text=True, stdout=subprocess.PIPE).stdout
        version = next((x.strip() for x in version.splitlines() if "version" in x), "")
        return {"checks": {"heddle-" + c["name"]: c for c in checks}, "version": version}

    @property
    def checks(self):
        """What the module says of each check, by its full name."""
        return self.known["checks"]

    def chain(self, folder):
        """The .clang-tidy files in or above a folder, the nearest first."""
        if folder not in self.chains:
            here = os.path.join(folder, ".clang-tidy")
            parent = os.path.dirname(folder)
            above = self.chain(parent) if parent != folder else ()
            self.chains[folder] = ((here,) if os.path.isfile(here) else ()) + above
        return self.chains[folder]

    def configuration(self, file, checks):
        """What holds for a unit: its checks by name, and what the outcome depends on besides. Without `checks` those of
        Heddle that its .clang-tidy enables, or all when that enables none. Raises Failure."""
        chain = self.chain(os.path.dirname(file))
        name = json.dumps([[c, content_of(c)] for c in chain] + [checks or ""])
        if name not in self.known["configurations"]:
            self.known["configurations"][name] = self.resolve(file if chain else "heddle.cpp", checks)
            self.save()
        found = dict(self.known["configurations"][name])
        named = found.pop("named")
        found["checks"] = [c for c in found["checks"] if self.preview or c in named or
                           not self.checks.get(c, {}).get("preview")]
        if not found["checks"]:
            raise Failure(f"all checks of {checks or chain[0]} are previews: add --preview, or name them in full")
        found["models"] = [[m, content_of(m)] for m in found.pop("model_files")]
        found["chain"] = chain
        return found

    def resolve(self, file, checks):
        def enabled(selection):
            listed = self.ask("--list-checks", *selection, file).stdout
            return [x.strip() for x in listed.splitlines() if x.startswith("    ")]
        if checks:
            names = enabled(["--checks=-*," + checks])
            if not names:
                raise Failure(f"no check is called {checks}; 'heddle list' names them")
        else:
            names = [n for n in enabled([]) if n.startswith("heddle-")] or enabled(["--checks=-*,heddle-*"])
        try:
            dumped = yamltext.parse(self.ask("--dump-config", file).stdout)
        except yamltext.Error:
            dumped = {}
        options = dumped.get("CheckOptions") or {}
        if isinstance(options, list):
            options = {o.get("key"): o.get("value") for o in options}
        models = [m.strip() for m in options.get("heddle.Models", "").split(";") if m.strip()]
        named = (checks or dumped.get("Checks", "")).replace("\n", ",").split(",")
        return {"checks": names, "named": [n.strip() for n in named], "options": {k: v for k, v in options.items() if k.startswith("heddle")},
                "model_files": models, "headers": dumped.get("HeaderFilterRegex", ""),
                "not_headers": dumped.get("ExcludeHeaderFilterRegex", "")}
