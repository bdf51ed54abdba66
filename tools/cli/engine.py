"""clang-tidy as the engine: which checks it has, and what the .clang-tidy files say for a unit."""
import hashlib
import json
import os
import re
import subprocess
import tempfile

from cli import yamltext
from cli.say import Failure
from cli.selection import change, must_exist


MEMORY = 4  # of what an engine remembers; another number makes it ask again


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
                raise Failure(f"{self.tidy} cannot load {self.module}: it is of another LLVM, or not a module"
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
        """What holds for a unit: the checks that are selected, by name, those that run, and what clang-tidy is given as
        `config`. Without `checks` the selected ones are those of Heddle that its .clang-tidy enables; when that
        enables none, all but those that it turns off. Raises Failure."""
        chain = self.chain(os.path.dirname(file))
        name = json.dumps([[c, content_of(c)] for c in chain] + [checks or ""])
        if name not in self.known["configurations"]:
            self.known["configurations"][name] = self.resolve(file, chain, checks)
            self.save()
        found = dict(self.known["configurations"][name])
        named = found.pop("named")
        selected = found["checks"]
        found["checks"] = [c for c in selected if self.preview or c in named or
                           not self.checks.get(c, {}).get("preview")]
        if selected and not found["checks"]:
            raise Failure(f"all checks of {checks or chain[0]} are previews: add --preview, or name them in full")
        found["models"] = [[m, content_of(m)] for m in found.pop("model_files")]
        return found

    def resolve(self, file, chain, checks):
        given, refused = self.readable(file, chain)

        def enabled(selection):
            listed = self.ask(*given, "--list-checks", *selection, file).stdout
            return [x.strip() for x in listed.splitlines() if x.startswith("    ")]
        if checks:
            there = enabled(["--checks=*"])
            for item in filter(None, (c.strip().lstrip("-") for c in checks.split(","))):
                must_exist(item, there)
            names = enabled(["--checks=-*," + checks])
            if not names:
                raise Failure(f"{checks} leaves no check")
        else:
            there = enabled([])
            names = [n for n in there if n.startswith("heddle-")]
            items = items_of(chain)
            ours = [i for i in items if "heddle-" in i]
            if (there or "-*" not in items) and not names and all(i.startswith("-") for i in ours):
                names = sorted(change(self.checks, self.checks, ",".join(ours), preview=True))
        # Checks of clang-tidy's own run only when they are asked for.
        run = ",".join(["heddle-*"] + [n for n in names if not n.startswith("heddle-")])
        dumped = yamltext.parse(self.ask(*given, "--checks=-*," + run, "--dump-config", file).stdout)
        models, options = models_of(chain), dumped.get("CheckOptions") or {}
        options["heddle.Models"] = ";".join(models)
        config = {k: dumped[k] for k in ("ExtraArgs", "ExtraArgsBefore", "HeaderFileExtensions",
                                         "ImplementationFileExtensions") if dumped.get(k)}
        return {"checks": names, "named": listed(checks or dumped.get("Checks", "")), "run": run,
                "config": dict(config, CheckOptions=options), "model_files": models, "refused": refused,
                "headers": dumped.get("HeaderFilterRegex", ""),
                "not_headers": dumped.get("ExcludeHeaderFilterRegex", "")}

    def readable(self, file, chain):
        """Arguments for clang-tidy that stand for the .clang-tidy files of a chain, none when it reads them itself; and
        what is to be said of a file that it refuses as a whole, for a key that its version does not have: here the rest of
        it counts. Raises Failure."""
        def trouble(*given):
            return re.search(r"^(?:(\S+\.clang-tidy:\d+):\d+: )?.*error: (unknown key '(\w+)'|.*)",
                             self.ask(*given, "--list-checks", "--checks=heddle-*", file).stderr, re.M)
        given, refused, found = [], "", trouble()
        merged = found and found[3] and merge(effective(chain))
        while found:
            if not merged or found[3] not in merged:
                raise Failure(f"{found[1] or file}: {found[2]}")
            refused = refused or f"{found[1]}: clang-tidy refuses this file for its {found[2]}; here the rest of it counts"
            del merged[found[3]]
            given = ["--config=" + json.dumps(merged)]
            found = trouble(*given)
        return given, refused


def effective(chain):
    """(path, configuration) of the .clang-tidy files that hold: the nearest, and while it inherits those above it."""
    for path in chain:
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                configuration = yamltext.parse(f.read())
        except (OSError, yamltext.Error):
            return
        if not isinstance(configuration, dict):
            return
        options = configuration.get("CheckOptions") or {}
        if isinstance(options, list):
            options = {o.get("key"): o.get("value") for o in options}
        yield path, dict(configuration, CheckOptions=options)
        if configuration.get("InheritParentConfig", "").lower() != "true":
            return


def listed(checks):
    """The items of Checks, which is a text or a list."""
    return [i.strip() for i in (",".join(checks) if isinstance(checks, list) else checks).replace("\n", ",").split(",")]


def items_of(chain):
    """The items of the Checks of a chain, in order."""
    return [i for _, c in reversed(list(effective(chain))) for i in listed(c.get("Checks", ""))]


def merge(configurations):
    """One configuration of several, the nearest first, as clang-tidy merges them."""
    merged = {}
    for _, c in reversed(list(configurations)):
        checks = [",".join(filter(None, listed(x.get("Checks", "")))) for x in (merged, c)]
        options = dict(merged.get("CheckOptions", {}), **c["CheckOptions"])
        arguments = {k: merged.get(k, []) + c.get(k, []) for k in ("ExtraArgs", "ExtraArgsBefore") if k in {**merged, **c}}
        merged.update(c, Checks=",".join(filter(None, checks)), CheckOptions=options, **arguments)
    merged.pop("InheritParentConfig", None)
    return merged


def models_of(chain):
    """The files of heddle.Models, from the folder of the .clang-tidy that names them."""
    for path, configuration in effective(chain):
        if "heddle.Models" in configuration["CheckOptions"]:
            return [os.path.normpath(os.path.join(os.path.dirname(path), m.strip()))
                    for m in configuration["CheckOptions"]["heddle.Models"].split(";") if m.strip()]
    return []
