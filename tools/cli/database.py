"""The compilation database: where it is, and which of its units were asked for."""
import collections
import fnmatch
import functools
import hashlib
import json
import os
import re

from cli import command
from cli.say import Failure

RECIPES = """
  CMake   cmake -S . -B build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  Meson   meson setup build
  make    bear -- make
  Bazel   bazel run @hedron_compile_commands//:refresh_all
or name the folder that has one with -p"""
C_LANGUAGE = (".c", ".m", ".s", ".S", ".asm", ".cu", ".rc")
HEADERS = (".h", ".hh", ".hpp", ".hxx", ".h++", ".H", ".inc", ".inl", ".ipp", ".tcc", ".txx")
SOURCES = (".cpp", ".cc", ".cxx", ".c++", ".C", ".mm")
INCLUDED = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+\.(?:cpp|cc|cxx|c\+\+|C|mm))[">]', re.M)

CONCURRENCY = re.compile(rb"\b(?:\w*(?:thread|mutex|atomic|promise|future|lock|channel|semaphore|coroutine|cancel|spawn|"
                         rb"async|timer|executor|barrier|latch|condition_?variable|stop_token)\w*|co_await|co_yield|join|"
                         rb"detach|notify_one|notify_all)\b", re.I)

# file: absolute; entry: what clang-tidy is given, with its command once a command.Filter was applied; id: names the
# unit's files in the cache; command: the template of the command.
Unit = collections.namedtuple("Unit", "file entry id command")


def candidates(folder):
    yield os.path.join(folder, "compile_commands.json")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        names = []
    for name in names:
        build = os.path.join(folder, name)
        if name.startswith(("build", "out", "cmake-build", "_build", "bld")) and os.path.isdir(build):
            yield os.path.join(build, "compile_commands.json")
            for inner in sorted(os.listdir(build)):  # build/debug and the like
                yield os.path.join(build, inner, "compile_commands.json")


def find_all(path):
    """Each compile_commands.json for a path: beside it or above it, also in build folders there, [] for none. The first
    is the one to take: of several build folders the one that was configured last."""
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while True:
        found = {}
        for c in filter(os.path.isfile, candidates(folder)):
            found.setdefault(os.path.realpath(c), c)
        if found:
            beside = os.path.join(folder, "compile_commands.json")
            return sorted(found.values(), key=lambda c: (c == beside, os.path.getmtime(c)), reverse=True)
        parent = os.path.dirname(folder)
        if parent == folder:
            return []
        folder = parent


def named(given):
    """The database that -p names: a file, or the folder that it is in."""
    return given if os.path.isfile(given) else os.path.join(given, "compile_commands.json")


def find(path):
    """The compile_commands.json for a path, or None."""
    return next(iter(find_all(path)), None)


def is_cpp(file, arguments):
    """Whether the checks have anything to say of the language."""
    for i, a in enumerate(arguments):
        language = arguments[i + 1] if a == "-x" and i + 1 < len(arguments) else a[2:] if a.startswith("-x") else ""
        if language:
            return "++" in language
    return not file.endswith(C_LANGUAGE)


def read(path):
    """The units of a database, by file, and how many entries were left out because they are not C++."""
    try:
        with open(path, encoding="utf-8-sig", errors="surrogateescape") as f:
            entries = json.load(f)
    except OSError as e:
        raise Failure(f"cannot read {path}: {e.strerror}")
    except json.JSONDecodeError as e:
        raise Failure(f"{path}:{e.lineno}: not valid JSON: {e.msg}; configure the build again")
    units, other = {}, 0
    if entries == []:
        raise Failure(f"{path} is empty: it names no translation unit; configure the build again")
    try:
        if not isinstance(entries, list):
            raise TypeError
        for e in entries:
            # Links resolved, as the compiler meets "..": names relative to it are shortened by their text later.
            directory = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(path)), e["directory"]))
            file = os.path.normpath(os.path.join(directory, e["file"]))
            arguments = command.template(e, directory, file)
            # Bazel's databases name headers, CMake's the making of precompiled ones: units report what is in them.
            if file.endswith(HEADERS) or "c++-header" in arguments:
                continue
            if not is_cpp(file, arguments):
                other += 1
                continue
            entry = {"directory": directory, "file": file}
            # The object that it makes tells two builds of one file apart; nothing depends on it.
            name = json.dumps([file, e.get("arguments") or e["command"]]).encode(errors="surrogateescape")
            unit = Unit(file, entry, hashlib.sha1(name).hexdigest()[:16], arguments)
            units[unit.id] = unit
    except (KeyError, TypeError, AttributeError):
        raise Failure(f"{path}: not a compilation database: every entry needs \"directory\", \"file\" and \"command\"")
    return sorted(units.values(), key=lambda u: (u.file, u.id)), other


def of_folder(folder, flags):
    """A database for the sources in a folder that need nothing but a compiler."""
    compiler = command.absolute("clang++", folder)
    return [Unit(os.path.join(folder, n), {"directory": folder, "file": n}, hashlib.sha1(n.encode()).hexdigest()[:16],
                 (compiler, *flags, "-c", command.STEM + "cpp"))
            for n in sorted(os.listdir(folder)) if n.endswith(".cpp")]


def inside(file, folder):
    return file == folder or file.startswith(os.path.join(folder, ""))


@functools.lru_cache(maxsize=None)
def parts(unit_file):
    """The sources that a unit includes, real names: what a unity build makes a unit of."""
    try:
        with open(unit_file, "rb") as f:
            names = INCLUDED.findall(f.read())
    except OSError:
        return ()
    found = (os.path.realpath(os.path.join(os.path.dirname(unit_file), os.fsdecode(n))) for n in names)
    return tuple(filter(os.path.isfile, found))


def select(units, paths, exclude):
    """The units under any of the paths (files, folders, globs) and none of the excluded globs."""
    real = {}

    def forms(unit):
        if unit.file not in real:
            real[unit.file] = {unit.file, os.path.realpath(unit.file)}
        return real[unit.file]

    def matches(files):
        return any(inside(f, p) or (set("*?[") & set(p) and fnmatch.fnmatch(f, p)) for p in paths for f in files)

    def wanted(unit):
        return matches(forms(unit)) or matches(parts(unit.file))

    def unwanted(unit):
        return any(fnmatch.fnmatch(f, p) or inside(f, p) for p in exclude for f in forms(unit))
    return [u for u in units if wanted(u) and not unwanted(u)]


def is_header(path):
    return path.endswith(HEADERS) and os.path.isfile(path)


def most_concurrent(units, number):
    """The units whose own text speaks most of concurrency, in the order of the units."""
    def words(file):
        try:
            with open(file, "rb") as f:
                return len(CONCURRENCY.findall(f.read()))
        except OSError:
            return 0

    def all_words(unit):
        return sum(map(words, [unit.file, *parts(unit.file)]))
    chosen = {u.id for u in sorted(units, key=all_words, reverse=True)[:number]}
    return [u for u in units if u.id in chosen]
