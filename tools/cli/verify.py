"""`heddle verify`: what is misspelt in .clang-tidy, .heddle.yaml and models, and so has no effect in silence."""
import json
import os
import re
import shutil
import tempfile

from cli import changes, command, database, yamltext, options, selection, where
from cli.engine import Engine, models_of
from cli.say import Failure, count, say

LOOKED_AT = 12  # units in which the names of models are looked for, at most
MISSING = re.compile(r"no (?:type|function) '")


def configurations(top, name):
    """The files of a name in and above a folder; those of git where there is git."""
    found, folder = [], top
    while folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        found.append(os.path.join(folder, name))
    try:
        listed = changes.git(top, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", name,
                             "**/" + name)
        found += [os.path.join(top, n) for n in listed.decode(errors="surrogateescape").split("\0") if n]
    except Failure:
        for path, folders, _ in os.walk(top):
            folders[:] = [f for f in folders if not f.startswith(".")]
            found.append(os.path.join(path, name))
    return sorted({f for f in found if os.path.isfile(f)})


def wrong_configuration(engine, path):
    """What clang-tidy says of the parts of a .clang-tidy that are Heddle's."""
    done = engine.ask("--verify-config", "--config-file=" + path)
    for line in (done.stdout + done.stderr).splitlines():
        m = re.search(r"(?:warning|error): (.*?)(?: \[-verify-config\])?$", line)
        if m and ("heddle" in m[1] or "error:" in line):
            yield f"{os.path.relpath(path)}: {m[1]}"


def wrong_options(engine, path, top):
    """What is wrong in a .heddle.yaml."""
    try:
        found = options.read_configuration(path, options.LINT)
        selection.check_rules(found.get("rules", []), engine.checks)
    except Failure as e:
        yield str(e)


class Names:
    """Looks for the names of a model in units, by the module's own check of the models that it brings along."""

    def __init__(self, engine, model):
        self.engine, self.model = engine, model

    def ask(self, unit, library):
        """(what is wrong in the model itself, the names that the unit does not have)"""
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "compile_commands.json"), "w", errors="surrogateescape") as f:
                json.dump([unit.entry], f)
            config = json.dumps({"CheckOptions": {"heddle.Models": self.model, "heddle-dev-models.Library": library}})
            out = self.engine.ask("--quiet", "--checks=-*,heddle-dev-models", "--config=" + config, "-p", folder,
                                  "--extra-arg=-w", unit.file, HEDDLE_DEV="1").stdout
        said = re.search(r"warning: (.*) \[heddle-dev-models", out)
        wrong = re.findall(r"^(?:warning|error): (.*) \[clang-tidy-config", out, re.M)
        return wrong, set(said[1].split("; ") if said else ())

    def wrong(self, units):
        path = os.path.relpath(self.model)
        try:
            with open(self.model, encoding="utf-8", errors="replace") as f:
                text = f.read()
            library = str(yamltext.parse(text).get("library", ""))
        except (OSError, ValueError, AttributeError):
            text, library = "", ""
        with tempfile.TemporaryDirectory() as folder:
            empty = database.Unit(os.path.join(folder, "empty.cpp"), {
                "directory": folder, "file": "empty.cpp", "arguments": ["/usr/bin/c++", "-c", "empty.cpp"]}, "", ())
            open(empty.file, "w").close()
            wrong = self.ask(empty, library)[0]
        if wrong or not units:
            return [w if w.startswith(self.model) else f"{path}: {w}" for w in wrong]
        absent = []
        for unit in self.ranked(units, text):
            absent.append(self.ask(unit, library)[1])
            if not any(MISSING.match(m) for m in set.intersection(*absent)):
                break

        def everywhere(message):
            # A type that is not there says nothing of its members.
            named = re.search(r" in '(.*)'$", message)
            return all(message in a or (named and f"no type '{named[1]}'" in a) for a in absent)
        return [f"{path}: {m}" + (f" in any of {count(len(absent), 'unit')}" if MISSING.match(m) else "")
                for m in sorted(set.union(*absent)) if everywhere(m)]

    @staticmethod
    def ranked(units, text):
        """The units whose own text has most of the words of the model."""
        words = set(re.findall(r"[A-Za-z_]\w{3,}", text))

        def mentioned(unit):
            try:
                with open(unit.file, encoding="utf-8", errors="replace") as f:
                    return len(words & set(re.findall(r"\w+", f.read())))
            except OSError:
                return -1
        return sorted(units, key=mentioned, reverse=True)[:LOOKED_AT]


def run(a):
    """The exit status: 1 when something is wrong."""
    top = os.path.realpath(a.path or ".")
    if not os.path.isdir(top):
        raise Failure(f"there is no folder {a.path}")
    tidy = shutil.which(a.tidy) if a.tidy else where.tool("clang-tidy", a.llvm)
    if not tidy:
        raise Failure(f"{a.tidy} is not installed")
    data = database.named(a.p) if a.p else database.find(top)
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(os.path.abspath(tidy), os.path.abspath(a.module) if a.module else where.module(a.llvm),
                        os.path.join(folder, "engine.json"))
        units = command.Filter(engine).apply(database.read(data)[0]) if data else []
        files = configurations(top, ".clang-tidy")
        wrong = [w for f in files for w in wrong_configuration(engine, f)]
        wrong += [w for f in configurations(top, ".heddle.yaml") for w in wrong_options(engine, f, top)]
        models = sorted({m for f in files for m in models_of([f])})
        for model in models:
            wrong += Names(engine, model).wrong(units)
    for w in wrong:
        say(w)
    if models and not data:
        say("no compile_commands.json, so the names in models were not looked for in any unit")
    say(f"{count(len(wrong), 'mistake')} in {count(len(files), '.clang-tidy file')} and {count(len(models), 'model')}")
    return 1 if wrong else 0
