#!/usr/bin/env python3
"""Holds the project to its word. Each rule is a test (the .test files beside this one):

  project.py RULE [--module FILE]
"""
import argparse
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(REPOSITORY, "test"), os.path.join(REPOSITORY, "tools")]
from cli import checks as checks_tool  # noqa: E402
import verify  # noqa: E402

SECTIONS = ["What goes wrong", "Bad", "Good", "Options", "Limits"]
problems = []


def expect(condition, text):
    if not condition:
        problems.append(text)


def read(path):
    with open(os.path.join(REPOSITORY, path)) as f:
        return f.read()


def files(pattern):
    return sorted(os.path.relpath(p, REPOSITORY) for p in glob.glob(os.path.join(REPOSITORY, pattern), recursive=True))


def sources():
    """The checks' files by (family, name); those of hidden checks (dev-*) have neither page nor profile."""
    found = {}
    for path in files("checks/*/*.cpp"):
        family, name = path.split(os.sep)[1], os.path.splitext(os.path.basename(path))[0]
        found[family, name] = path
    return found


def dump():
    """What the module says of its checks."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "checks.json")
        subprocess.run(["clang-tidy-22", "--load=" + arguments.module, "--checks=-*,heddle-*", "--list-checks"],
                       env=dict(os.environ, HEDDLE_DUMP_CHECKS=path), check=True, stdout=subprocess.DEVNULL)
        with open(path) as f:
            return [c for c in json.load(f) if not c["name"].startswith("dev-")]


def first_paragraph(page):
    body = re.sub(r"<!--.*?-->", "", page, flags=re.S).split("\n", 1)[1].strip()
    return " ".join(body.split("\n\n")[0].split())


# ---- the rules -----------------------------------------------------------------------------------------------------


def house():
    """Nothing stands where it does not belong."""
    allowed = {"CMakeLists.txt", "README.md", "LICENSE", "checks", "lib", "test", "docs", "tools"}
    tracked = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, text=True, stdout=subprocess.PIPE).stdout.splitlines()
    for top in sorted({p.split("/")[0] for p in tracked}):
        expect(top in allowed or top.startswith("."), f"{top}: does not belong at the top")
    for path in tracked:
        if path.startswith("checks/"):
            detector = re.fullmatch(r"(checks/[a-z]+/[a-z0-9-]+)/[a-z0-9-]+\.(cpp|h)", path)
            expect(path == "checks/renamed.def" or re.fullmatch(r"checks/[a-z]+/[a-z0-9-]+\.cpp", path) or
                   (detector and detector[1] + ".cpp" in tracked),
                   f"{path}: checks/ holds nothing but checks, FAMILY/NAME.cpp, and their detectors, FAMILY/NAME/DETECTOR.cpp")


def arrows():
    """Includes run one way: checks -> lib/check -> lib/flow -> lib/models -> lib/vocabulary."""
    order = ["vocabulary", "models", "flow", "check"]
    for path in files("lib/**/*.h") + files("lib/**/*.cpp") + files("lib/**/*.def") + files("checks/**/*.cpp"):
        text = read(path)
        parts = path.split(os.sep)
        layer = parts[1] if parts[0] == "lib" else "checks"
        for line, included in enumerate_includes(text):
            target = included.split("/")[0]
            where = f"{path}:{line}: includes {included}"
            if layer == "checks":
                own = os.path.join(os.path.dirname(path), included)
                folder = path[:-len(".cpp")] if path.count("/") == 2 else os.path.dirname(path)
                expect(not included.startswith("checks/") and (own.startswith(folder + "/") or "/" in included),
                       f"{where}: no check includes another")
            if layer == "runtime":
                expect(target not in order + ["support"], f"{where}: the runtime knows nothing of the analyser")
            elif target == "heddle" or target == "runtime":
                problems.append(f"{where}: the analyser knows nothing of the runtime")
            if layer in order and target in order:
                expect(order.index(target) <= order.index(layer), f"{where}: the arrow points the other way")
            if layer == "support":
                expect(target not in order, f"{where}: lib/support stands on its own")
        if "no Clang header" in text.split("#pragma once")[0]:
            for line, included in enumerate_includes(text, r'[<"]'):
                expect(not included.startswith(("clang", "llvm")), f"{path}:{line}: says that it includes no Clang header")
        if path != os.path.join("lib", "support", "ClangVersion.h"):
            expect(not re.search(r"\b(LLVM|CLANG)_VERSION_M\w+|__clang_major__", text),
                   f"{path}: only lib/support/ClangVersion.h looks at the version")


# The layers of lib/flow, lowest first. A file belongs to the layer that names it, or else the longest beginning of it:
# EventsCalls.cpp is of "Events".
FLOW_LAYERS = [
    ["Automaton", "Classes", "Mentions", "Place", "Story", "Unevaluated"],
    ["Expressions", "Unwrap"],
    # bodies, what happens in them, and what hand-written classes are by it
    ["Callables", "Code", "Events", "Inference", "LibraryCode", "Loops", "MakeFacts", "Method", "Places", "Unit", "Waits"],
    ["BranchFacts", "CurrentThread", "Destruction", "ErrorFlow", "Guards", "Order", "Overriders", "Scopes",
     "StopFacts", "Uses"],                                                             # facts about one body or type
    ["StateFlags"],
    ["Preconditions"],
    ["LockingParts", "Sleeps", "ValueFlow"],
    ["Throws"],
    ["Calls", "Blocking"],
    ["Callers", "Creation", "Handler", "ObjectBodies", "StoredCallables"],
    ["Confinement", "EntryOrder"],
    ["Lent", "Storage", "SyncCopies"],
    ["Coroutines", "Simulation"],
    ["EntryLocks", "HeldLocks"],
    ["Access"],
    ["Captures", "EventIndex", "Limits", "LoopFacts",                                  # facts across bodies
     "ConstantDuration", "Contexts", "Durations", "OfferedTokens"],
    ["CriticalSections", "TakingLoop"],
    ["Accumulation", "CallbackDeeds", "DyingElements", "GuardedReferences", "LockBalance", "LockUpgrades", "SignalHandlers"],
    ["Concurrency", "Polling"],                                                        # knows tasks
    ["ClassFacts", "TaskFacts"],
    ["AnswerFlags", "AwaitedTasks", "ChannelUse"],
    ["Threads"],
    ["JoinedTasks"],
    ["StopRequests"],
    ["StopWaits"],
    ["DerivedParts", "EarlyReads", "Globals", "LeftBehind", "LockOrder", "Mortality", "OwnTasks", "OwnerCallbacks", "OwningWork", "Releases"],
    ["LoopObjects", "MovedObjects", "ThreadState", "StrandHandlers", "TimerCycles", "TimerMakers"],
    ["TimerUse"],
    ["Executors"],
    ["SharedState", "ConditionalStarts", "QueuedPointers", "SelfFreeing", "UnownedTasks"],
    ["AtomicUse", "Conditions"],
    ["GuardHabits"],
    ["LazyInits", "SleptReads"],
]
# Includes that still point the other way, as (file, header). It only shrinks.
FLOW_BACKWARDS = set()


def flow_layer(path):
    name = os.path.splitext(os.path.basename(path))[0]
    fitting = [(n == name, len(n), i) for i, names in enumerate(FLOW_LAYERS) for n in names if name.startswith(n)]
    return max(fitting)[2] if fitting else None


def layers():
    """Inside lib/flow, includes run one way, too."""
    backwards = set()
    for path in files("lib/flow/*.h") + files("lib/flow/*.cpp"):
        layer = flow_layer(path)
        expect(layer is not None, f"{path}: stands in no layer of FLOW_LAYERS (test/meta/project.py)")
        for line, included in enumerate_includes(read(path)):
            target = flow_layer(included) if os.path.exists(os.path.join(REPOSITORY, "lib", "flow", included)) else None
            if layer is None or target is None or target <= layer:
                continue
            backwards.add((os.path.basename(path), included))
            expect((os.path.basename(path), included) in FLOW_BACKWARDS,
                   f"{path}:{line}: includes {included}, which is of a higher layer")
    for unneeded in sorted(FLOW_BACKWARDS - backwards):
        problems.append(f"FLOW_BACKWARDS: {unneeded} is not needed any more: remove it")


# The longest file and function of lib/flow, in lines, and those that are still longer. It only shrinks.
MAX_FILE, MAX_FUNCTION = 700, 80
LONG_FILES = set()
LONG_FUNCTIONS = set()


def functions(text):
    """(name, first line, lines) of every function with a body of more than one line, by its layout."""
    lines = text.splitlines()
    start = None
    for number, line in enumerate(lines):
        if start is None:
            if re.match(r"\s*(//|#|$)", line) or line.startswith((" " * 8, "}")):
                continue
            start = number
        if not re.search(r"[;{}]\s*(//.*)?$", line) and not line.rstrip().endswith(":"):
            continue
        head = " ".join(lines[start:number + 1])
        first, start = start, None
        indent = re.match(r"\s*", lines[first])[0]
        keyword = re.match(r"\s*(namespace|class|struct|enum|union|if|for|while|switch|do|else|try|return|case|\})\b", head)
        name = re.match(r"[^(=\[]*?(operator\W+|~?\w+)\(", head)
        if keyword or not name or not head.rstrip().endswith("{") or head.count("(") != head.count(")"):
            continue
        end = next((n for n in range(number + 1, len(lines)) if lines[n].startswith(indent + "}")), number)
        yield name[1], first + 1, end - first + 1


def lengths():
    """No file and no function of lib/flow is so long that nobody reads it."""
    long_files, long_functions = set(), set()
    for path in files("lib/flow/*.h") + files("lib/flow/*.cpp"):
        text = read(path)
        count = text.count("\n")
        if count > MAX_FILE:
            long_files.add(path)
            expect(path in LONG_FILES, f"{path}: has {count} lines, more than {MAX_FILE}")
        for name, line, count in functions(text):
            if count > MAX_FUNCTION:
                long_functions.add((path, name))
                expect((path, name) in LONG_FUNCTIONS, f"{path}:{line}: {name} has {count} lines, more than {MAX_FUNCTION}")
    for unneeded in [*sorted(LONG_FILES - long_files), *sorted(LONG_FUNCTIONS - long_functions)]:
        problems.append(f"LONG_FILES, LONG_FUNCTIONS: {unneeded} is not needed any more: remove it")


# What a check leaves to lib/flow: (what it is, how it is recognised, who still does it). The lists only shrink.
ANALYSIS_IN_CHECKS = [
    ("a visitor of its own; search with support/Walk.h or ask Uses, Calls, Captures", r"\b(Recursive)?A(ST|st)Visitor\b",
     set()),
    ("a const_cast", r"\bconst_cast\b", set()),
    ("a comparison of positions in the source; ask Order", r"\bisBeforeInTranslationUnit\b", set()),
    ("a walk to the parents; ask LoopFacts, Guards, Scopes or ValueFlow", r"\b(for|while) \([^\n]*\bparent\(",
     set()),
    ("a recursion of its own; ask Calls or Destruction", r"\bunsigned Depth\b",
     set()),
    ("more than 250 lines; split it into detectors", r"\A(.*\n){251}",
     set()),
]


def policy():
    """Checks hold policy: the analysis stands in lib/flow, where the next check finds it."""
    for what, pattern, known in ANALYSIS_IN_CHECKS:
        found = {p for p in files("checks/**/*.cpp") + files("checks/**/*.h") if re.search(pattern, read(p))}
        for path in sorted(found - known):
            problems.append(f"{path}: has {what}")
        for path in sorted(known - found):
            problems.append(f"ANALYSIS_IN_CHECKS: {path} has no longer {what.split(';')[0]}: remove it")


def enumerate_includes(text, opening='"'):
    for number, line in enumerate(text.splitlines(), 1):
        m = re.match(r"\s*#\s*include\s+" + opening + r'([^">]+)', line)
        if m:
            yield number, m[1]


def complete():
    """Every check has its page and its tests, and every page and test has its check."""
    known = sources()
    for family, name in known:
        if name.startswith("dev-"):
            continue
        expect(files(f"docs/checks/{family}/{name}.md"), f"checks/{family}/{name}.cpp: no page docs/checks/{family}/{name}.md")
        expect(files(f"test/checks/{family}/{name}*.cpp"), f"checks/{family}/{name}.cpp: no test test/checks/{family}/{name}.cpp")
    for path in files("docs/checks/*/*.md"):
        family, name = path.split(os.sep)[2], os.path.basename(path)[:-3]
        expect((family, name) in known, f"{path}: there is no such check")
    for path in files("test/checks/*/*.cpp"):
        family, stem = path.split(os.sep)[2], os.path.basename(path)[:-4]
        expect(any(f == family and (stem == n or stem.startswith((n + "-", n + "_", n + "."))) for f, n in known),
               f"{path}: is named for no check")


def balance():
    """Silence is tested as much as speech: a test has at least as many ok_ as bad_."""
    for path in files("test/checks/**/*.cpp"):
        kinds = [kind for _, kind, _, _ in verify.marked_ranges(read(path))]
        expect(kinds.count("bad") <= kinds.count("ok"),
               f"{path}: {kinds.count('bad')} bad_ and only {kinds.count('ok')} ok_")


def messages():
    """A message starts lower case (or with a name) and is no sentence: no full stop."""
    described = set()
    for check in dump():
        described |= {check["summary"], check["rows"]} | {o["meaning"] for o in check["options"]} | {o["default"] for o in check["options"]}
    for path in files("checks/**/*.cpp"):
        code = re.sub(r"//[^\n]*", "", read(path))
        for literal in re.finditer(r'"(?:\\.|[^"\\\n])*"(?:\s*"(?:\\.|[^"\\\n])*")*', code):
            text = "".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', literal[0])).replace('\\"', '"')
            if text.count(" ") < 2 or text in described:
                continue
            line = code.count("\n", 0, literal.start()) + 1
            expect(not text[0].isupper(), f"{path}:{line}: a message starts lower case: {text}")
            expect(not text.rstrip().endswith((".", "!")), f"{path}:{line}: a message has no full stop: {text}")


# Phrases that say in a roundabout way what the field has a term for: (pattern, what to write instead).
WORDING = [
    (r"for ever\b", "forever"),
    (r"can not\b", "cannot"),
    (r"can(not)? be seen\b", "(not) visible"),
    (r"out of sight\b", "not visible"),
    (r"ways? out of (a|the|its)\b", "exit"),
    (r"(is|are) told\b", "is reported, is notified"),
    (r"lets? go of\b", "releases, destroys, detaches"),
    (r"(gives?|given|giving) (\S+ )?back\b", "releases, returns"),
    (r"thrown away\b", "discarded"),
    (r"(written|made) by hand\b", "hand-written"),
    (r"(every|each|next|one) turn\b", "iteration"),
    (r"(is|are) taken (for|to)\b", "is assumed to be, counts as"),
    (r"as if all had been done\b", "as if all work was done"),
]


def wording():
    """Comments, messages, pages and guides use the terms of the field."""
    texts = [p for pattern in ("checks/**/*", "lib/**/*", "docs/checks/**/*.md", "docs/guides/*.md", "tools/templates/*/*", "README.md")
             for p in files(pattern) if p.endswith((".h", ".cpp", ".def", ".md")) and not p.startswith("lib/runtime")]
    for path in texts:
        for number, line in enumerate(read(path).splitlines(), 1):
            for pattern, instead in WORDING:
                found = re.search(r"\b" + pattern, line, re.I)
                expect(not found, f"{path}:{number}: '{found and found[0]}': write: {instead}")
            expect(not re.match(r"\s*/// (Is|Are|Does|Do|Has|Have|Can|May|Would|Was) .*\?", line),
                   f"{path}:{number}: a comment on a function that answers a question: 'Returns true if ...'")


# Checks with limits of which no test shows one. It only shrinks.
UNPINNED = {"notify-after-last-owner"}


def pinned():
    """A limit that a page names is shown by a function FN_* or FP_* in a test, which fails when the limit goes."""
    for path in files("docs/checks/*/*.md"):
        family, name = path.split(os.sep)[2], os.path.basename(path)[:-3]
        limits = re.search(r"^## Limits\n(.*?)(?=^## |\Z)", read(path), re.M | re.S)
        names = [n for n in sources() if n[0] == family and n[1].startswith(name + "-")]  # checks whose name begins alike
        tests = [t for t in files(f"test/checks/{family}/{name}.cpp") + files(f"test/checks/{family}/{name}-*.cpp")
                 if not any(os.path.basename(t).startswith(other) for _, other in names)]
        shown = any(kind in ("FN", "FP") for t in tests for _, kind, _, _ in verify.marked_ranges(read(t)))
        if limits and re.search(r"^- ", limits[1], re.M):
            expect(shown or name in UNPINNED, f"{path}: no test shows one of its limits; add a function FN_* or FP_* to a test")
            expect(not shown or name not in UNPINNED, f"UNPINNED: {name} is not needed any more: remove it")


def described():
    """The page says what the check says of itself, and has all its sections."""
    known = sources()
    listed = dump()
    expect(listed, "the module describes no check")
    for check in listed:
        family, name = check["family"], check["name"]
        expect((family, name) in known, f"heddle-{name}: its source is not checks/{family}/{name}.cpp")
        path = f"docs/checks/{family}/{name}.md"
        if not files(path):
            continue  # told by `complete`
        page = read(path)
        expect(page.startswith(f"# heddle-{name}\n"), f"{path}: starts with '# heddle-{name}'")
        expect(first_paragraph(page) == " ".join(check["summary"].split()),
               f"{path}: the first paragraph is the summary\n  page:   {first_paragraph(page)}\n  source: {check['summary']}")
        tier = f"Tier: {check['tier']}{' (preview)' * check['preview']} · Rows: {check['rows']}"
        expect(tier in page.splitlines(), f"{path}: has a line '{tier}'")
        found = re.findall(r"^## (.*)$", page, re.M)
        expect([s for s in found if s in SECTIONS] == SECTIONS, f"{path}: its sections are {', '.join(SECTIONS)}, in order")
        sections = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
        for section in ("Bad", "Good"):
            expect("```cpp\n" in sections.get(section, ""), f"{path}: '{section}' shows code")
        options = sections.get("Options", "")
        for option in check["options"]:
            expect(f"`{option['name']}`" in options, f"{path}: does not document the option {option['name']}")
            expect(option["default"] == "" or f"`{option['default']}`" in options,
                   f"{path}: does not tell the default of {option['name']}: `{option['default']}`")
        for option in re.findall(r"^[-*] `([A-Za-z]\w*)`", options, re.M):
            expect(option in [o["name"] for o in check["options"]], f"{path}: the check has no option {option}")
        expect(re.fullmatch(r"[FSPLR]\d+( [FSPLR]\d+)*|-", check["rows"]),
               f"heddle-{name}: rows are written like 'F2 P28', or '-' for none, not '{check['rows']}'")
    expect({(c["family"], c["name"]) for c in listed} >= {k for k in known if not k[1].startswith("dev-")},
           "not every file in checks/ registers the check that it is named for: "
           f"{sorted(k for k in known if k not in {(c['family'], c['name']) for c in listed})}")


def rows():
    """Every bug of the collections is claimed by a check, and a test of that check names it beside its repaired twin."""
    claims = {}
    for check in dump():
        for row in check["rows"].split():
            claims.setdefault(row, []).append(check)
    for letter, count in checks_tool.ROWS.items():
        for row in (f"{letter}{n}" for n in range(1, count + 1)):
            tests = [read(p) for c in claims.get(row, []) for p in files(f"test/checks/{c['family']}/{c['name']}*.cpp")]
            named = [t for t in tests if re.search(rf"(?<![A-Za-z0-9]){row}(?![A-Za-z0-9])", t)]
            expect(row in claims, f"{row}: no check claims it")
            expect(named or row not in claims,
                   f"{row}: no test of {', '.join('heddle-' + c['name'] for c in claims.get(row, []))} names it")
            expect(not named or any(re.search(r"\bbad_\w", t) and re.search(r"\bok_\w", t) for t in named),
                   f"{row}: the test that names it has no function bad_* or no ok_*")
    for row in claims:
        known = re.fullmatch(r"([FSPL])(\d+)", row)
        expect(row == "-" or row.startswith("R") or (known and int(known[2]) <= checks_tool.ROWS[known[1]]),
               f"{row}: {claims[row][0]['name']} claims it, and there is no such row")


def profiles():
    """docs/profiles and docs/checks/README.md are what `tools/heddle profiles` writes."""
    expect(files("docs/checks/README.md") and read("docs/checks/README.md") == checks_tool.index(dump()),
           "docs/checks/README.md: is not fresh; run tools/heddle profiles")
    for name in checks_tool.PROFILES:
        path = f"docs/profiles/{name}.clang-tidy"
        expect(files(path) and read(path) == checks_tool.profile(name, dump()),
               f"{path}: is not fresh; run tools/heddle profiles")


def renames():
    """A renamed check leads to one that exists, and its old name is taken by no other."""
    if not files("checks/renamed.def"):
        return
    names = {"heddle-" + c["name"] for c in dump()}
    for old, new in re.findall(r'^RENAMED\("([^"]+)",\s*"([^"]+)"', read("checks/renamed.def"), re.M):
        expect(new in names, f"checks/renamed.def: {old} leads to {new}, which does not exist")
        expect(old not in names, f"checks/renamed.def: {old} is the name of a check again")
        expect(any(old in read(p) for p in files("test/cli/*")), f"checks/renamed.def: {old} is not tested in test/cli")


def runtime():
    """The table in docs/runtime.md has every bug of the collections, and its claims have tests."""
    rows = re.findall(r"^\| (.+) \| ((?:[FSPL]\d+ ?)+) \| (.+) \| (.*)\|$", read("docs/runtime.md"), re.M)
    told = {bug for row in rows for bug in row[1].split()}
    bugs = {f"{letter}{n}" for letter, last in zip("FSPL", (15, 12, 30, 25)) for n in range(1, last + 1)}
    expect(told == bugs, f"docs/runtime.md: bugs that are missing or unknown in the table: {sorted(told ^ bugs)}")
    known = {f"{suite}.{name}" for path in files("test/runtime/*_test.cpp")
             for suite, name in re.findall(r"^TEST\((\w+), (\w+)\)", read(path), re.M)}
    known |= {"misuse::" + name for name in re.findall(r"^void (\w+)\(\) \{", read("test/runtime/misuse.cpp"), re.M)}
    kinds = ("does not compile", "unused-result", "cannot happen", "defined error", "left to `")
    for misuse, _, answer, tests in rows:
        named = re.findall(r"`([^`]+)`", tests)
        expect(answer.startswith(kinds), f"docs/runtime.md: '{misuse}': does not begin with one of {kinds}")
        expect(named or answer.startswith("left to"), f"docs/runtime.md: '{misuse}': no test is named")
        for test in named:
            expect(test in known, f"docs/runtime.md: '{misuse}': there is no test {test}")


RULES = [house, arrows, layers, lengths, policy, complete, balance, messages, wording, pinned, described, rows, profiles, renames, runtime]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rule", choices=[r.__name__ for r in RULES])
    parser.add_argument("--module", default=os.path.join(REPOSITORY, "build", "22", "heddle.so"))
    arguments = parser.parse_args()
    next(r for r in RULES if r.__name__ == arguments.rule)()
    print("\n".join(problems))
    sys.exit(1 if problems else 0)
