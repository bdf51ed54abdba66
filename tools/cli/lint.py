"""`heddle lint`, and `heddle merge` for what several machines found."""
import collections
import errno
import json
import os
import re
import shutil
import sys

from cli import baseline, changes, command, database, findings, fix, formats, report as reports, selection, where
from cli.engine import Engine
from cli.graph import Graph, cache_folder, prepare, users_cache
from cli.progress import Progress
from cli.say import Failure, count, mute, say

TOUR_FLAGS = ["-std=c++20", "-pthread", "-Wall"]


def outputs(a):
    """(format, file or None for the standard output) of everything that is to be written."""
    wanted = [(name, None) for name in a.format or []]
    for name in formats.NAMES:
        wanted += [(name, path) for path in getattr(a, name) or []]
    if a.statistics:
        wanted.append(("statistics", None))
    if not any(path is None for _, path in wanted):
        wanted.insert(0, ("text", None))
    if sum(path is None for _, path in wanted) > 1:
        raise Failure("two formats on one output; give all but one a file, as in --format text --sarif FILE")
    return wanted


def refuse_unwritable(a, wanted):
    """What cannot be read or written is to be known before the analysis. Raises Failure."""
    if a.baseline and not (a.update_baseline and not os.path.exists(a.baseline)):
        baseline.read(a.baseline)
    for path in [path for _, path in wanted] + [a.baseline if a.update_baseline else None]:
        if path in (None, "-"):
            continue
        folder = os.path.dirname(os.path.abspath(path))
        why = (errno.EISDIR if os.path.isdir(path) else errno.ENOENT if not os.path.isdir(folder) else
               0 if os.access(path if os.path.exists(path) else folder, os.W_OK) else errno.EACCES)
        if why:
            raise Failure(f"cannot write {path}: {os.strerror(why)}")


def write_outputs(report, wanted, a):
    report.pages, report.show_hidden = a.pages_url or "", a.show_suppressed
    for name, path in wanted:
        report.colour = path is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        text = formats.render(name, report)
        if path is None or path == "-":
            try:
                sys.stdout.write(text)
                sys.stdout.flush()
            except BrokenPipeError:  # the reader has seen enough; the status is still that of the findings
                mute()
            continue
        try:
            with open(path, "w", encoding="utf-8", errors="replace") as f:
                f.write(text)
        except OSError as e:
            raise Failure(f"cannot write {path}: {e.strerror}")


def project_root(paths, data):
    """What findings are told of: the working tree; without git the folder that holds the sources and their build."""
    folder = paths[0] if os.path.isdir(paths[0]) else os.path.dirname(paths[0])
    top = changes.toplevel(folder)
    if top:
        return top
    common = os.path.commonpath([*paths, os.path.dirname(os.path.realpath(data))]) if data else folder
    if common.count(os.sep) < 2 or common == os.path.expanduser("~"):
        common = os.path.commonpath(paths)
    return common if os.path.isdir(common) else os.path.dirname(common)


def is_glob(path):
    return bool(set("*?[") & set(path))


def fixed_part(path):
    """The folder that a glob starts in."""
    while is_glob(path):
        path = os.path.dirname(path)
    return path or "."


def in_own_sources(folder):
    """Whether a folder belongs to Heddle's own sources, and to no project inside of them."""
    top = os.path.realpath(where.REPOSITORY)
    if not where.IN_SOURCES or not database.inside(folder, top):
        return False
    while folder != top and not os.path.exists(os.path.join(folder, ".git")):
        folder = os.path.dirname(folder)
    return folder == top


def locate(a):
    """(paths, database or None for the tour)"""
    if a.command == "tour":
        return [where.TOUR], None
    if not a.paths:
        if not a.p and in_own_sources(os.path.realpath(".")):
            for name in ("diff", "baseline", "fix", "shard", "limit"):
                if getattr(a, name):
                    raise Failure(f"without a PATH this is the tour, in Heddle's own sources; --{name} needs a PATH")
            return [where.TOUR], None
        a.paths = ["."]
    paths = []
    for p in a.paths:
        base = fixed_part(p)
        if not os.path.exists(base if is_glob(p) else p):
            raise Failure(f"there is no file or folder {p}")
        real = os.path.realpath(base)
        paths.append(os.path.join(real, os.path.relpath(p, base)) if is_glob(p) else real)
    if a.p:
        data = database.named(a.p)
    else:
        data = database.find(fixed_part(paths[0]))
    if data is None:
        place = "the current folder" if a.paths == ["."] else a.paths[0]
        raise Failure(f"no compile_commands.json in or above {place} or in a build folder there; make one with one "
                      f"of these:{database.RECIPES}\n'heddle tour' shows what Heddle finds without a project")
    return paths, data


def choose_checks(a, engine):
    """As for clang-tidy, or None for what .clang-tidy says."""
    if not a.profile:
        return a.checks
    names = sorted(selection.of_profile(a.profile, engine.checks, a.preview))
    return ",".join(names + ([a.checks] if a.checks else []))


def shard(units, spec):
    try:
        index, number = map(int, spec.split("/"))
        if not 1 <= index <= number:
            raise ValueError
    except ValueError:
        raise Failure(f"--shard is I/N with I from 1 to N, not {spec}")
    return units[index - 1::number]


class Run:
    """One analysis of the chosen units."""

    def __init__(self, a, options):
        self.a = a
        # clang-tidy runs in the units' folders.
        self.options = [re.sub("^(--?config-file=)(.*)", lambda m: m[1] + os.path.abspath(m[2]), o) for o in options]
        llvm = a.llvm
        self.tidy = shutil.which(a.tidy) if a.tidy else where.tool("clang-tidy", llvm)
        if not self.tidy:
            raise Failure(f"{a.tidy} is not installed")
        self.tidy = os.path.abspath(self.tidy)
        self.module = os.path.abspath(a.module) if a.module else where.module(llvm)
        self.paths, self.data = locate(a)
        if self.data:
            self.all, self.other = database.read(self.data)
            self.folder = prepare(os.path.abspath(a.cache)) if a.cache else cache_folder(self.data)
        else:
            self.all, self.other = database.of_folder(where.TOUR, TOUR_FLAGS), 0
            # The tour may be where nobody can write; a module of its own has a folder of its own.
            self.folder = prepare(os.path.abspath(a.cache)) if a.cache else users_cache(where.TOUR + "\0" + self.module)
        self.root = project_root([fixed_part(p) for p in self.paths], self.data)
        self.scope = findings.Scope(self.root)
        self.engine = Engine(self.tidy, self.module, os.path.join(self.folder, "engine.json"), a.preview)
        self.checks = choose_checks(a, self.engine)
        self.selection = selection.Selection(a, self.engine.checks, self.scope)
        self.graph = Graph(self.folder, self.engine)
        self.filter = command.Filter(self.engine)
        self.all = self.filter.apply(self.all)
        self.told = set()
        self.unknown = []    # changed sources that are in no unit
        self.concerned = []  # words for which units these are
        self.changed = self.only = None
        self.choose_units()
        self.whole = len(self.units) == len(self.all)

    def choose_units(self):
        """The units that are asked for."""
        a, known = self.a, self.graph.results(0)
        headers = [p for p in self.paths if database.is_header(p)]
        others = [p for p in self.paths if p not in headers]
        exclude = [os.path.join(os.path.realpath(fixed_part(e)), os.path.relpath(e, fixed_part(e))) if is_glob(e)
                   else os.path.realpath(e) for e in a.exclude or []]
        exclude += [e for e in a.exclude or [] if e.startswith("*")]
        for p in others:
            if not database.select(self.all, [p], []):
                raise Failure(f"{self.data} has no translation unit in {os.path.relpath(p)}"
                              + (f" ({self.other} are not C++)" if self.other else "") + self.elsewhere())
        chosen = database.select(self.all, others, exclude)
        for header in headers:
            found = database.select(changes.includers(self.all, known, header), [os.sep], exclude)
            if not found:
                new = any(known.files_read(u) is None for u in self.all)
                raise Failure(f"no unit is known to include {os.path.relpath(header)}" + new * (
                    "; 'heddle lint' over the project finds out which do, and they are known from then on"))
            chosen += [u for u in found if u not in chosen]
        if headers:
            self.concerned.append("including " + " or ".join(map(os.path.relpath, headers)))
            if not others:
                self.only = {h: [changes.WHOLE] for h in headers}
        if not chosen:
            raise Failure(f"--exclude leaves out all translation units in {' '.join(a.paths)}")
        chosen = self.without_those_off(chosen)
        if a.shard:
            chosen = shard(chosen, a.shard)
            self.concerned.append(f"of shard {a.shard}")
        if a.diff:
            self.changed = changes.since(self.root, a.diff)
            self.unknown = changes.unknown_sources(self.changed, self.all, self.paths)
            chosen = changes.concerned(chosen, known, self.changed)
            self.concerned.append("that the change concerns")
        if a.limit and len(chosen) > a.limit:
            self.concerned.append(f"speaking most of concurrency, of {len(chosen)},")
            chosen = database.most_concurrent(chosen, a.limit)
        self.units = chosen

    def without_those_off(self, units):
        """The units less those for which .clang-tidy turns all checks off. Raises Failure when none is left."""
        left = [u for u in units if self.graph.configuration(u, self.checks)["checks"]]
        off = [u for u in units if u not in left]
        files = {self.engine.chain(os.path.dirname(u.file))[0] for u in off}
        self.off = [f"left out {count(len(off), 'unit')} for which all of Heddle's checks are turned off, by "
                    + ", ".join(map(os.path.relpath, sorted(files)))] if off else []
        if not left:
            raise Failure(self.off[0] + "; --checks or --profile choose some nevertheless, 'heddle verify' finds misspellings")
        return left

    def elsewhere(self):
        """Words for the databases that were not taken."""
        others = [] if self.a.p else database.find_all(fixed_part(self.paths[0]))[1:]
        folders = ", ".join(os.path.relpath(os.path.dirname(c)) for c in others)
        return f"; -p chooses another: {folders}" if folders else ""

    def announce(self):
        if not self.data:
            say("the tour: five bugs in " + os.path.relpath(where.TOUR))
            say(count(len(self.units), "translation unit"))
            return
        say(" ".join([count(len(self.units), "translation unit"), *self.concerned, "by", os.path.relpath(self.data)])
            + (self.elsewhere() if os.path.dirname(self.data) != self.root else "")
            + (f"; {count(self.other, 'that is', 'that are')} not C++ left out" if self.other else ""))
        for text in self.off:
            say(text)
        if self.filter.dropped:
            say(f"left out for Clang, which does not know them: {', '.join(sorted(self.filter.dropped))} (in "
                f"{count(self.filter.affected, 'unit')})")
        for file in self.unknown:
            say(f"{os.path.relpath(file)} changed but is no unit of {os.path.relpath(self.data)}; configure the build "
                "again if it should be")

    def analyse(self):
        """Brings the results up to date and returns the report."""
        a = self.a
        there = [u for u in self.units if os.path.isfile(u.file)]
        self.graph.write([u for u in self.all if os.path.isfile(u.file)], there, self.checks, self.options)
        refused = {c["refused"] for c in self.graph.configurations.values()} - {""} - self.told
        self.told |= refused
        for why in sorted(refused):
            say(why)
        self.progress = Progress(a.quiet)
        if there:
            self.graph.run(there, a.jobs or os.cpu_count() or 1, a.time_limit, self.progress)
        report = reports.Report(self.scope, self.engine.checks, self.engine.known["version"], len(self.units))
        results, loaded, present = [], self.graph.results(a.time_limit), {u.id for u in there}
        for unit in self.units:
            result = self.graph.load(loaded, unit) if unit.id in present else None
            if result is None:
                problem = ("clang-tidy was not run; try again" if unit.id in present else "the file does not exist" +
                           self.generated(unit) * "; build the project first, if the build makes it")
                report.problems.append({"file": unit.file, "problem": problem})
                continue
            if "problem" in result:
                report.problems.append({"file": unit.file, "problem": result["problem"]})
                # What the NOLINT comments hide may not have been reached.
                result["markers"] = [dict(m, idle=[]) for m in result["markers"]]
            configuration = self.graph.configuration(unit, self.checks)
            result = self.selection.apply(result, configuration["checks"])
            results.append((unit.file, result, findings.header_filter(configuration)))
        report.problems.sort(key=lambda p: p["file"])
        report.unchanged = len(there) - self.progress.ran + self.progress.kept
        report.findings = findings.identify(findings.collect(results, self.scope), self.scope, report.tier)
        idle = findings.idle_markers(results, self.scope, self.whole and not report.problems)
        report.idle = [m for m in idle if self.selection.concerns(m[2], m[0])]
        report.markers = self.wrong_markers(results)
        self.loaded = loaded
        return report

    def generated(self, unit):
        """Whether the unit's source is in the build folder."""
        folder = os.path.dirname(os.path.realpath(self.data)) if self.data else ""
        return database.inside(unit.file, folder) and not database.inside(self.root, folder)

    def wrong_markers(self, results):
        """(file, line, why) of each NOLINT that names no check, or gives no reason where one is required."""
        found = set()
        for file, result, _ in results:
            for m in result["markers"]:
                if m["file"] != file and not self.scope.has(m["file"]):
                    continue
                place, names = (m["file"], m["line"]), ",".join(m["checks"])
                found |= {(*place, f"NOLINT({c}): there is no such check") for c in m["checks"]
                          if not self.selection.exists(c)}
                if self.a.require_reason and not m["reason"]:
                    found.add((*place, f"NOLINT({names}) gives no reason; write NOLINT({names}): why"))
        return sorted(found)

    def looked_at(self):
        """The files that the chosen units were made of."""
        found = {self.scope.path(u.file) for u in self.units}
        for u in self.units:
            found |= {self.scope.path(f) for f in self.loaded.files_read(u) or () if self.scope.has(f)}
        return found


def tell(report, a, chosen):
    """What is to be said besides the findings themselves; returns the exit status."""
    problems = report.problems
    if not a.statistics:
        for check, by in report.counts().items():
            if by[""]:
                say(f"{by['']:3}  {report.tier(check):4}  {check}{' (preview)' * report.preview(check)}")
    if len(problems) > 1 and len(problems) == report.units and len({p["problem"] for p in problems}) == 1:
        say(f"no unit could be analysed as asked: {problems[0]['problem']}")  # say once what is wrong with all
    else:
        for p in problems:
            say(f"could not analyse {os.path.relpath(p['file'])}: {p['problem']}")
    for file, line, check in report.idle:
        say(f"{os.path.relpath(file)}:{line}: NOLINT({check}) hides nothing; take it out")
    for file, line, why in report.markers:
        say(f"{os.path.relpath(file)}:{line}: {why}")
    for e in report.stale:
        say(f"the baseline knows a finding that is gone: {e['file']}: {e['message']} [{e['check']}]")
    if report.stale:
        say(f"{count(len(report.stale), 'entry', 'entries')} of {a.baseline} out of date; "
            "--update-baseline writes it anew")
    shown = report.shown
    hidden = collections.Counter(f["hidden"] for f in report.findings)
    say(f"{count(len(shown), 'finding')} in {count(report.units, 'translation unit')}"
        + (f", {hidden['baseline']} more known by the baseline" if hidden["baseline"] else "")
        + (f", {hidden['nolint']} hidden by NOLINT" if hidden["nolint"] else "")
        + (f", {len(problems)} could not be analysed" if problems else "")
        + (f" ({report.unchanged} unchanged since the last run)" if report.unchanged else ""))
    if problems:
        return 2
    unreasoned = any("gives no reason" in why for _, _, why in report.markers)
    return 1 if unreasoned or any(chosen.fails(f) for f in shown) else 0


def tell_timings(run):
    seconds = run.graph.seconds()
    slow = sorted(((seconds.get(u.id, 0), u.file) for u in run.units), reverse=True)
    total = sum(s for s, _ in slow)
    now = run.progress.ran - run.progress.kept
    say(f"{total:.0f} s of clang-tidy in all, when the units were last analysed; {now} were analysed now; the slowest:")
    for seconds, file in slow[:10]:
        say(f"  {seconds:6.1f} s  {os.path.relpath(file)}")


def lint(a, options):
    wanted = outputs(a)
    if a.update_baseline and not a.baseline:
        raise Failure("--update-baseline needs --baseline FILE")
    if a.update_baseline and (a.diff or a.fix):
        raise Failure("--update-baseline records all findings; it cannot be combined with --diff or --fix")
    refuse_unwritable(a, wanted)
    run = Run(a, options)
    run.announce()
    if a.graph:
        there = [u for u in run.units if os.path.isfile(u.file)]
        run.graph.write(there, there, run.checks, run.options)
        print(os.path.join(run.folder, "build.ninja"))
        return 0
    try:
        report = run.analyse()
        if a.fix:
            report = apply_fixes(a, run, report)
    except KeyboardInterrupt:
        results = run.graph.results(0)
        done = sum(os.path.exists(results.path(u)) for u in run.units)
        say(f"interrupted; {done} of {count(len(run.units), 'unit')} are done, and the same command goes on from there")
        return 130
    report.shard = a.shard or ""
    settle(a, run, report)
    report.files = {run.scope.relative(f) for f in run.looked_at()} if a.json or "json" in (a.format or []) else set()
    write_outputs(report, wanted, a)
    status = tell(report, a, run.selection)
    if a.timings:
        tell_timings(run)
    return status


def settle(a, run, report):
    """Leaves out what was not asked for: findings outside the change, and those that the baseline knows."""
    for lines in (run.changed, run.only):
        if lines is not None:
            report.findings = [f for f in report.findings if changes.touches(f, lines)]
            report.idle = [m for m in report.idle if changes.holds(lines, m[0], m[1])]
            report.markers = [m for m in report.markers if changes.holds(lines, m[0], m[1])]
    if a.baseline:
        baseline.apply(a, report, run.looked_at(), run.selection.selects)
        if run.changed is not None or run.only is not None:
            report.stale = []


def apply_fixes(a, run, report):
    """Applies the fixes of what would be shown, and looks again."""
    settle(a, run, report)
    report.stale = []
    chosen, waiting = fix.choose(report.shown)
    if not chosen:
        say("no finding offers a fix")
        return run.analyse()
    trouble = fix.apply(chosen, where.tool("clang-apply-replacements", a.llvm, "clang-tools"))
    if trouble:
        raise Failure("clang-apply-replacements: " + trouble)
    say(f"{count(len(chosen), 'finding')} fixed in {count(len({e['file'] for f in chosen for e in f['fixes']}), 'file')}"
        + (f"; {len(waiting)} not, because their edits overlap with others: run it again" if waiting else "")
        + "; looking again")
    if run.changed is not None and not changes.is_patch(a.diff):
        run.changed = changes.since(run.scope.root, a.diff)
    return run.analyse()


def missing_shards(names, saved):
    """The shards that were not given; says which. Raises Failure when one is given twice or they do not fit together."""
    given = {}
    for name, s in zip(names, saved):
        spec = s.get("shard", "")
        if spec and spec in given:
            raise Failure(f"{given[spec]} and {name} are both shard {spec}")
        given[spec] = name
    numbers = {spec.split("/")[1] for spec in given if spec}
    if not numbers:
        return []
    if len(numbers) > 1 or "" in given:
        raise Failure("these shards do not belong together: "
                      + ", ".join(f"{n} is {s or 'no shard'}" for s, n in given.items()))
    number = numbers.pop()
    missing = [f"{i}/{number}" for i in range(1, int(number) + 1) if f"{i}/{number}" not in given]
    if missing:
        say(f"shard {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: what is in there is not "
            "reported")
    return missing


def merge(a):
    wanted = outputs(a)
    refuse_unwritable(a, wanted)
    saved = [reports.load(p) for p in a.files]
    missing = missing_shards(a.files, saved)
    first = saved[0]
    report = reports.Report(findings.Scope(first["root"]), first["checks"], first["tool"]["engine"])
    together = {}
    for s in saved:
        if s["checks"].keys() != first["checks"].keys():
            raise Failure("these reports are of different versions of heddle")
        report.units += s["units"]
        report.files |= set(s["files"])

        def here(file):  # the same file on another machine
            relative = os.path.relpath(file, s["root"])
            return file if relative.startswith("..") or not file else os.path.join(first["root"], relative)
        report.problems += [dict(p, file=here(p["file"])) for p in s["problems"]]
        for f in s["findings"]:
            f = dict(f, file=here(f["file"]), notes=[dict(n, file=here(n["file"])) for n in f["notes"]])
            if f.get("fixes"):
                f["fixes"] = [dict(e, file=here(e["file"])) for e in f["fixes"]]
            if f["hidden"] == "baseline":
                f["hidden"] = ""
            key = f["check"], f["file"], f["offset"], f["message"]
            if key not in together or together[key]["hidden"]:
                together[key] = f
        report.idle += [(here(file), line, check) for file, line, check in s["idle"]]
        report.markers += [(here(file), line, why) for file, line, why in s.get("markers", ())]
    report.findings = findings.identify(list(together.values()), report.scope, report.tier)
    report.idle, report.markers = sorted(set(report.idle)), sorted(set(report.markers))
    report.problems = sorted({json.dumps(p): p for p in report.problems}.values(), key=lambda p: p["file"])
    if a.baseline:
        baseline.apply(a, report, {os.path.join(report.scope.root, f) for f in report.files})
    write_outputs(report, wanted, a)
    status = tell(report, a, selection.Selection(a, report.checks, report.scope))
    return 2 if missing else status
