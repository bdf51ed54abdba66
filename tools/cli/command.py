"""The commands of a compilation database, made fit for clang-tidy: split into words, with response files read, without
the programs that wrap the compiler, and without what Clang does not know.

Most commands of a database are alike but for the source: they are worked on as templates, in which SOURCE stands for
its path, and STEM for its name up to the dot.
"""
import functools
import json
import os
import re
import shutil
import tempfile

QUOTED = re.compile(r"""(?:[^\s"'\\]+|"(?:[^"\\]|\\.)*"|'[^']*'|\\.)+""", re.S)
PART = re.compile(r"""[^"'\\]+|"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)""", re.S)
COMPILER = re.compile(r"(?:.*-)?(?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|clang-cl|icc|icpc|icx|icpx|nvcc|nvc\+\+|hipcc|emcc|"
                      r"em\+\+)(?:-\d[\d.]*)?(?:\.exe)?")
# Options whose value may be a word of its own and that every compiler has.
VALUED = {"-D", "-U", "-I", "-L", "-l", "-o", "-F", "-MF", "-MT", "-MQ", "-MJ", "-x", "-isystem", "-iquote",
          "-idirafter", "-include", "-imacros", "-include-pch", "-isysroot", "--sysroot", "-iprefix", "-iwithprefix"}
PASSED_ON = {"-Xclang", "-Xpreprocessor", "-Xassembler", "-Xlinker", "-mllvm"}
# Clang knows these, or warns at most.
COMMON = ("-D", "-U", "-I", "-L", "-l", "-W", "-M", "-i", "-o", "-O", "-x")
# Plugins and profiles are those of another compiler (Clang dies of a profile that is not there), -Wp,-MD writes where the
# build does, and the first error must not be the last.
UNWANTED = ("-fplugin=", "-fplugin-arg-", "-fprofile-use", "-fprofile-instr-use", "-fprofile-sample-use", "-fauto-profile",
            "-Wp,-MD", "-Wp,-MMD", "-Wfatal-errors")
REFUSED = re.compile(r"^error: (.*\b(?:unknown|unsupported|invalid|not supported|does not support|not allowed)\b.*)"
                     r" \[clang-diagnostic-error\]$", re.M)


SOURCE, STEM, BETWEEN = "\1", "\3", "\2"


def unquote(word):
    return PART.sub(lambda m: re.sub(r"\\(.)", r"\1", m[1], flags=re.S) if m[1] is not None else
                    m[2] if m[2] is not None else m[3] if m[3] is not None else m[0], word)


def split(text):
    """The words of a command line, as a shell or a response file quotes them."""
    if not any(c in text for c in "\"'\\"):
        return text.split()
    return [unquote(w) if any(c in w for c in "\"'\\") else w for w in QUOTED.findall(text)]


def expand(words, directory, depth=0):
    """The words with those of response files in their places. A file that is not there stays as it is, but for the module
    maps that CMake makes while it builds: most units import nothing."""
    if depth > 10 or not any(w.startswith("@") for w in words):
        return words
    found = []
    for w in words:
        try:
            if not w.startswith("@"):
                raise OSError
            with open(os.path.join(directory, w[1:]), encoding="utf-8", errors="surrogateescape") as f:
                found += expand(split(f.read()), directory, depth + 1)
        except OSError:
            found += [] if w.startswith("@") and w.endswith(".modmap") else [w]
    return found


def without_precompiled(words):
    """The words without a precompiled header of Clang's that is also included as text, as CMake has it: another version
    of Clang cannot read it, and it may not be built yet."""
    given, left = set(words), list(words)
    for i, w in enumerate(words):
        if w == "-include-pch":
            begin, name = (i - 1, i + 2) if words[i - 1] == "-Xclang" else (i, i + 1)
            if words[name:] and words[name].endswith(".pch") and words[name].removesuffix(".pch") in given:
                left[begin:name + 1] = [None] * (name + 1 - begin)
    return [w for w in left if w is not None]


@functools.lru_cache(maxsize=None)
def absolute(program, directory):
    """Where the compiler is. By a bare name Clang would look for the standard library in the root."""
    if os.sep in program:
        return os.path.join(directory, program)
    return shutil.which(program) or os.path.join("/usr/bin", program)


def unwrap(words):
    """The command from the compiler on: without ccache, `cmake -E __run_co_compile … --`, env and their like."""
    for i, w in enumerate(words):
        if w == "-c":
            break
        if COMPILER.fullmatch(os.path.basename(w)) and not (i and words[i - 1] in VALUED):
            return words[i:]
    return words


def stem(file):
    return os.path.splitext(os.path.basename(file))[0] + "."


def template(entry, directory, file):
    """The command of an entry of a database, as a tuple. Raises KeyError, TypeError or AttributeError for a bad one."""
    listed = bool(entry.get("arguments"))
    text = BETWEEN.join(entry["arguments"]) if listed else entry["command"]
    return parse(text.replace(file, SOURCE).replace(stem(file), STEM), listed, directory)


@functools.lru_cache(maxsize=None)
def parse(text, listed, directory):
    given = unwrap(expand(text.split(BETWEEN) if listed else split(text), directory))
    if "-include-pch" in given:
        given = without_precompiled(given)
    return (absolute(given[0], directory), *(w for w in given[1:] if not w.startswith(UNWANTED))) if given else ()


def fill(command, file):
    """The template's words with the source in its places."""
    name = stem(file)
    return [w.replace(SOURCE, file).replace(STEM, name) if SOURCE in w or STEM in w else w for w in command]


def groups(command):
    """The options of a template, each with the words that belong to it; a word that is no option stands alone."""
    i, end = 1, len(command)
    while i < end:
        word, size = command[i], 1
        if i + 1 < end and word.startswith("-") and word != "-c":
            value = command[i + 1]
            if word in VALUED or word in PASSED_ON:
                size = 2
            elif not value.startswith(("-", "@")) and not (SOURCE in value or STEM in value):
                size = 2
        yield command[i:i + size]
        i += size


def key(group):
    """What stands for the group when Clang is asked: names of files tell nothing about an option."""
    return " ".join(re.sub(r"=.*/.*", "=/", w) if w.startswith("-") else w for w in group)


class Filter:
    """Finds out what Clang does not know by asking clang-tidy, once for each option, and leaves it out."""

    def __init__(self, engine):
        self.engine, self.known, self.learned = engine, engine.known.setdefault("arguments", {}), False
        self.cleaned = {}  # (template, options that Clang does not know) by template
        self.dropped, self.affected = set(), 0  # the options, and in how many units

    def apply(self, units):
        """The units with their commands, without what Clang does not know."""
        found = []
        for unit in units:
            if unit.command not in self.cleaned:
                self.cleaned[unit.command] = self.clean(unit.command)
            command, bad = self.cleaned[unit.command]
            self.affected += bool(bad)
            self.dropped |= bad
            found.append(unit._replace(entry=dict(unit.entry, arguments=fill(command, unit.file))))
        if self.learned:
            self.engine.save()
        return found

    def clean(self, command):
        if not command:
            return command, set()
        known = self.known.setdefault(os.path.basename(command[0]), {})
        open_groups = [g for g in groups(command) if g[0].startswith("-") and not g[0].startswith(COMMON)
                       and g[0] not in VALUED and g[0] != "-c"]
        keys = [key(g) for g in open_groups]
        if not all(k in known for k in keys):
            self.ask(command[0], open_groups, known)
        bad = {k for k in keys if not known.get(k, True)}
        left = (w for g in groups(command) if not bad or key(g) not in bad for w in g)
        return (command[0], *left), {k.split(" ")[0].replace("=/", "=…") for k in bad}

    def ask(self, compiler, asked, known):
        """Learns of each group whether Clang takes it."""
        self.learned = True
        asked = {key(g): fill(g, "/source.cpp") for g in asked if known.get(key(g), True)}
        with tempfile.TemporaryDirectory() as folder:
            refused = self.learn(compiler, asked, folder)
        known.update({k: k not in refused for k in asked})

    def learn(self, compiler, asked, folder):
        """The keys of the groups that Clang refuses, or dies of."""
        empty, found = os.path.join(folder, "empty.cpp"), set()
        open(empty, "w").close()
        while True:
            command = [compiler, *(w for k, g in asked.items() if k not in found for w in g), "-x", "c++", "-c", empty]
            with open(os.path.join(folder, "compile_commands.json"), "w", errors="surrogateescape") as f:
                json.dump([{"directory": folder, "file": empty, "arguments": command}], f)
            done = self.engine.ask("--quiet", "--checks=-*,heddle-*", "-p", folder, empty)
            if done.returncode < 0 and asked:
                return self.halve(compiler, asked, folder)
            refused = set(self.refused({k: g for k, g in asked.items() if k not in found}, done.stdout))
            if not refused:
                return found
            found |= refused

    def halve(self, compiler, asked, folder):
        """The same when Clang died of one of them: asked about one half after the other."""
        if len(asked) == 1:
            return set(asked)
        keys, half = list(asked), len(asked) // 2
        return set().union(*(self.learn(compiler, {k: asked[k] for k in part}, folder)
                             for part in (keys[:half], keys[half:])))

    @staticmethod
    def refused(asked, output):
        """The keys of the groups that messages speak of."""
        found = []
        for message in REFUSED.findall(output):
            # The option comes first in most messages, in some its value; a suggestion comes last.
            for quoted in re.findall(r"'([^']+)'", message):
                name = next((k for k, g in asked.items() if quoted in g), None) or next(
                    (k for k, g in asked.items() if any(w.endswith(quoted) for w in g)), None)
                if name:
                    found.append(name)
                    break
        return found
