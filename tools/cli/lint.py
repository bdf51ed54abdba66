"""`heddle lint`, and `heddle merge` for what several machines found."""
import collections
import json
import os
import shutil
import sys

from cli import baseline, changes, database, findings, fix, formats, report as reports, where
from cli.engine import Engine
from cli.graph import Graph, cache_folder, prepare, users_cache
from cli.progress import Progress
from cli.say import Failure, count, say

TOUR_FLAGS = ["-std=c++20", "-pthread", "-Wall"]
PROFILES = {"bug": ("bug",), "strict": ("bug", "risk")}


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


def write_outputs(report, wanted, a):
    report.pages, report.show_hidden = a.pages_url or "", a.show_suppressed
    for name, path in wanted:
        report.colour = path is None and sys.stdout.isatty() and "NO_COLOR" not in os.environ
        text = formats.render(name, report)
        if path is None or path == "-":
            sys.stdout.write(text)
            sys.stdout.flush()
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


def locate(a):
    """(paths, database or None for the tour)"""
    if a.command == "tour":
        return [where.TOUR], None
    if not a.paths:
        here = os.path.realpath(".")
        data = os.path.join(a.p, "compile_commands.json") if a.p else database.find(here)
        ours = where.IN_SOURCES and database.inside(here, os.path.realpath(where.REPOSITORY))
        if data and not ours:
            a.paths = ["."]
        else:
            return [where.TOUR], None
    paths = []
    for p in a.paths:
        base = fixed_part(p)
        if not os.path.exists(base if is_glob(p) else p):
            raise Failure(f"there is no file or folder {p}")
        real = os.path.realpath(base)
        paths.append(os.path.join(real, os.path.relpath(p, base)) if is_glob(p) else real)
    if a.p:
        data = a.p if os.path.isfile(a.p) else os.path.join(a.p, "compile_commands.json")
    else:
        data = database.find(fixed_part(paths[0]))
    if data is None:
        raise Failure(f"no compile_commands.json in or above {a.paths[0]} or in a build folder there; make one with one "
                      f"of these:{database.RECIPES}")
    return paths, data


def choose_checks(a, engine):
    """As for clang-tidy, or None for what .clang-tidy says."""
    if not a.profile:
        return a.checks
    tiers = PROFILES[a.profile]
    names = sorted(n for n, c in engine.checks.items() if c["tier"] in tiers and (a.preview or not c["preview"]))
    return ",".join(names + ([a.checks] if a.checks else []))


def shard(units, spec):
    try:
        index, number = map(int, spec.split("/"))
        if not 1 <= index <= number:
            raise ValueError
    except ValueError:
        raise Failure(f"--shard is I/N with I from 1 to N, not {spec}")
    return units[index - 1::number]


def tour_units(tidy):
    """The tour's units. Their compiler has a path, so that the headers that it finds have one, too."""
    compiler = os.path.join(os.path.dirname(os.path.realpath(tidy)), "clang++")
    return [u._replace(entry=dict(u.entry, arguments=[compiler, *u.entry["arguments"][1:]]))
            for u in database.of_folder(where.TOUR, TOUR_FLAGS)]


class Run:
    """One analysis of the chosen units."""

    def __init__(self, a, options):
        self.a, self.options = a, options
        llvm = a.llvm
        self.tidy = shutil.which(a.tidy) if a.tidy else where.tool("clang-tidy", llvm)
        if not self.tidy:
            raise Failure(f"{a.tidy} is not installed")
        self.tidy = os.path.abspath(self.tidy)
        self.module = os.path.abspath(a.module) if a.module else where.module(llvm)
        self.paths, self.data = locate(a)
        if self.data:
            self.all, self.other = database.read(self.data)
            exclude = [os.path.join(os.path.realpath(fixed_part(e)), os.path.relpath(e, fixed_part(e))) if is_glob(e)
                       else os.path.realpath(e) for e in a.exclude or []]
            exclude += [e for e in a.exclude or [] if e.startswith("*")]
            self.units = database.select(self.all, self.paths, exclude)
            if not self.units:
                raise Failure(f"{self.data} has no translation unit in {' '.join(a.paths)}"
                              + (f" ({self.other} are not C++)" if self.other else ""))
            self.folder = prepare(os.path.abspath(a.cache)) if a.cache else cache_folder(self.data)
        else:
            self.all, self.other = tour_units(self.tidy), 0
            self.units = self.all
            # The tour may be where nobody can write; a module of its own has a folder of its own.
            self.folder = prepare(os.path.abspath(a.cache)) if a.cache else users_cache(where.TOUR + "\0" + self.module)
        self.whole = len(self.units) == len(self.all)
        self.root = project_root([fixed_part(p) for p in self.paths], self.data)
        self.scope = findings.Scope(self.root)
        self.engine = Engine(self.tidy, self.module, os.path.join(self.folder, "engine.json"), a.preview)
        self.checks = choose_checks(a, self.engine)
        self.graph = Graph(self.folder, self.engine)
        self.changed = None
        if a.shard:
            self.units, self.whole = shard(self.units, a.shard), False
        if a.diff:
            folder = self.paths[0] if os.path.isdir(self.paths[0]) else os.path.dirname(self.paths[0])
            self.changed = changes.since(folder, a.diff)
            self.units, self.whole = changes.concerned(self.units, self.graph.results(0), self.changed), False

    def announce(self):
        if not self.data:
            say("the tour: five bugs in " + os.path.relpath(where.TOUR))
            say(count(len(self.units), "translation unit"))
            return
        which = (" that the change concerns" if self.changed is not None
                 else f" of shard {self.a.shard}" if self.a.shard else "")
        say(f"{count(len(self.units), 'translation unit')}{which} by {os.path.relpath(self.data)}"
            + (f"; {count(self.other, 'that is', 'that are')} not C++ left out" if self.other else ""))

    def analyse(self):
        """Brings the results up to date and returns the report."""
        a = self.a
        there = [u for u in self.units if os.path.isfile(u.file)]
        self.graph.write([u for u in self.all if os.path.isfile(u.file)], there, self.checks, self.options)
        self.progress = Progress(a.quiet)
        if there:
            self.graph.run(there, a.jobs or os.cpu_count() or 1, a.time_limit, self.progress)
        report = reports.Report(self.scope, self.engine.checks, self.engine.known["version"], len(self.units))
        results, loaded, present = [], self.graph.results(a.time_limit), {u.id for u in there}
        for unit in self.units:
            result = self.graph.load(loaded, unit) if unit.id in present else None
            if result is None:
                problem = "clang-tidy was not run; try again" if unit.id in present else "the file does not exist"
                report.problems.append({"file": unit.file, "problem": problem})
                continue
            if "problem" in result:
                report.problems.append({"file": unit.file, "problem": result["problem"]})
            results.append((unit.file, result, findings.header_filter(self.graph.configuration(unit, self.checks))))
        report.problems.sort(key=lambda p: p["file"])
        report.unchanged = len(there) - self.progress.ran + self.progress.kept
        report.findings = findings.identify(findings.collect(results, self.scope), self.scope, report.tier)
        report.idle = findings.idle_markers(results, self.scope, self.whole)
        self.loaded = loaded
        return report

    def looked_at(self):
        """The files that the chosen units were made of."""
        found = {self.scope.path(u.file) for u in self.units}
        for u in self.units:
            found |= {self.scope.path(f) for f in self.loaded.files_read(u) or () if self.scope.has(f)}
        return found


def apply_baseline(a, report, looked_at):
    """Hides what the baseline knows, and writes it anew when asked to."""
    entries = baseline.read(a.baseline) if not a.update_baseline or os.path.exists(a.baseline) else {}
    if a.update_baseline:
        now = [f for f in report.findings if f["hidden"] != "nolint"]
        files = {report.scope.relative(f) for f in looked_at}
        # What was not looked at this time is as it was.
        kept = [e for e in entries.values() if e["file"] not in files and
                os.path.exists(os.path.join(report.scope.root, e["file"]))]
        baseline.write(a.baseline, now, report.scope, kept)
        say(f"{a.baseline}: {count(len(now) + len(kept), 'finding')}"
            f" ({len([f for f in now if f['fingerprint'] not in entries])} new, "
            f"{len(set(entries) - {f['fingerprint'] for f in now} - {e['fingerprint'] for e in kept})} gone)")
        entries = {f["fingerprint"]: f for f in now}
        baseline.hide(report.findings, entries)
        return
    met = baseline.hide(report.findings, entries)
    files = {report.scope.relative(f) for f in looked_at}
    failed = {report.scope.relative(p["file"]) for p in report.problems}
    report.stale = [e for k, e in sorted(entries.items()) if k not in met and e["file"] not in failed
                    and (e["file"] in files or not os.path.exists(os.path.join(report.scope.root, e["file"])))]


def tell(report, a):
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
    failing = {"bug": [f for f in shown if f["tier"] == "bug"], "risk": shown, "never": []}[a.fail_on]
    return 1 if failing else 0


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
        raise Failure("--update-baseline takes all as it is; it can not go with --diff or --fix")
    run = Run(a, options)
    run.announce()
    if a.graph:
        there = [u for u in run.units if os.path.isfile(u.file)]
        run.graph.write(there, there, run.checks, options)
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
    settle(a, run, report)
    report.files = {run.scope.relative(f) for f in run.looked_at()} if a.json or "json" in (a.format or []) else set()
    write_outputs(report, wanted, a)
    status = tell(report, a)
    if a.timings:
        tell_timings(run)
    return status


def settle(a, run, report):
    """Leaves out what was not asked for: findings outside the change, and those that the baseline knows."""
    if run.changed is not None:
        report.findings = [f for f in report.findings if changes.touches(f, run.changed)]
        report.idle = [m for m in report.idle if any(first <= m[1] <= last for first, last in
                                                     run.changed.get(os.path.realpath(m[0]), ()))]
    if a.baseline:
        apply_baseline(a, report, run.looked_at())
        if run.changed is not None:
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
    if run.changed is not None:
        run.changed = changes.since(run.scope.root, a.diff)
    return run.analyse()


def merge(a):
    wanted = outputs(a)
    saved = [reports.load(p) for p in a.files]
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
    report.findings = findings.identify(list(together.values()), report.scope, report.tier)
    report.idle = sorted(set(report.idle))
    report.problems = sorted({json.dumps(p): p for p in report.problems}.values(), key=lambda p: p["file"])
    if a.baseline:
        apply_baseline(a, report, {os.path.join(report.scope.root, f) for f in report.files})
    write_outputs(report, wanted, a)
    return tell(report, a)
