"""The command line: every option once, for --help, the completions and .heddle.yaml alike."""
import argparse
import collections
import difflib
import os

from cli import formats, selection, yamltext
from cli.say import Failure

# value: the word that stands for it in the help, None for a switch; many: may be given several times;
# configured: may stand in .heddle.yaml.
Option = collections.namedtuple("Option", "names value help choices default many configured hidden",
                                defaults=(None, None, False, True, False))

FORMATS = [
    Option(["--format"], "NAME", "what is written to the standard output", formats.NAMES, None, True),
    *[Option(["--" + n], "FILE", h, None, None, True) for n, h in (
        ("text", "the same for people, in the format of compilers"),
        ("sarif", "SARIF 2.1.0, for code scanning pages and editors"),
        ("github", "annotations of GitHub Actions"),
        ("gitlab", "GitLab's code quality report"),
        ("json", "everything, for programs and for 'heddle merge'"),
        ("html", "one page with the code, the path beside it, and filters"))],
    Option(["--pages-url"], "URL", "where docs/checks is on the web, for links in the reports"),
    Option(["--show-suppressed"], None, "also list what NOLINT and the baseline suppress, marked, in text and html"),
    Option(["--statistics"], None, "count by check instead of listing the findings", configured=False),
    Option(["--baseline"], "FILE", "leave out the findings in this file; list those that are gone"),
    Option(["--update-baseline"], None, "write the current findings to the baseline", configured=False),
    Option(["--fail-on"], "TIER", "what exits with status 1: any bug, any bug or risk, or nothing (default: risk)",
           ["bug", "risk", "never"], "risk"),
]
LINT = [
    Option(["-p"], "FOLDER", "where compile_commands.json is, or that file"),
    Option(["--checks"], "LIST", "which checks, as for clang-tidy; without it those of Heddle that .clang-tidy enables, "
           "or all if it enables none"),
    Option(["--profile"], "NAME", "which checks, by tier: bug (only what is wrong) or strict (also what a reviewer would "
           "question)", ["bug", "strict"]),
    Option(["--preview"], None, "also run previews: checks whose accuracy is not yet known"),
    Option(["--exclude"], "GLOB", "leave out these translation units", None, None, True),
    Option(["--diff"], "REV", "only findings on lines that changed since the merge base with this revision ('REV..': "
           "since the revision itself), or in a patch: FILE or -", configured=False),
    Option(["--limit"], "N", "only the N units that use concurrency most, for a first look",
           configured=False),
    Option(["--require-reason"], None, "a NOLINT of a Heddle check needs ': why', or the command exits with 1"),
    Option(["--fix"], None, "apply the fixes of the findings, and analyse again", configured=False),
    Option(["-j", "--jobs"], "N", "units at a time (default: one per processor)"),
    Option(["--time-limit"], "SECONDS", "for each unit, 0 for none (default: 600)", None, "600"),
    Option(["--shard"], "I/N", "the I-th of N parts of the units; 'heddle merge' combines their --json",
           configured=False),
    Option(["--cache"], "FOLDER", "where results are kept (default: .heddle beside compile_commands.json)"),
    Option(["--graph"], None, "only write Ninja's graph, and its name; 'ninja -f' or another executor runs it",
           configured=False),
    Option(["--timings"], None, "list the units that took longest", configured=False),
    Option(["-q", "--quiet"], None, "no progress"),
    Option(["--llvm"], "N", "the LLVM whose clang-tidy is used (default: 22)", None, "22"),
    Option(["--tidy"], "FILE", "the clang-tidy to use"),
    Option(["--module"], "FILE", "the module to use"),
    *FORMATS,
]
SEARCHED = [o for o in LINT if o.names[0] in ("--llvm", "--tidy", "--module")]
TOURED = ("-j", "-q", "--cache", "--preview", "--llvm", "--tidy", "--module")
COMMANDS = {
    "lint": ("find concurrency bugs in the translation units under PATH (a folder, a file or a glob), using its "
             "compile_commands.json", [("paths", "PATH", "*")], LINT),
    "tour": ("five small programs, each with one bug, and the reports on them", [], [
        o for o in LINT if o.names[0] in TOURED or o in FORMATS]),
    "merge": ("combine the --json of several shards", [("files", "FILE", "+")], FORMATS),
    "list": ("the checks, one per line", [], SEARCHED),
    "explain": ("what a check finds, with examples", [("check", "CHECK", None)], []),
    "init": ("write .clang-tidy, .clangd and a CI file for the project in FOLDER", [("folder", "FOLDER", "?")], [
        Option(["--profile"], "NAME", "bug or strict", ["bug", "strict"], "bug"),
        Option(["--ci"], "NAME", "github, gitlab, jenkins or none (default: what the project uses)",
               ["github", "gitlab", "jenkins", "none"]),
        Option(["--yes"], None, "overwrite what is there without asking"), *SEARCHED]),
    "verify": ("find what is misspelt in the .clang-tidy and .heddle.yaml files in and above FOLDER, and the names in "
               "models that no unit has", [("path", "FOLDER", "?")],
               [o for o in LINT if o.names[0] == "-p"] + SEARCHED),
    "completion": ("the completion for a shell: bash, zsh or fish", [("shell", "SHELL", None)], []),
    "new": ("a new check: its source, its page and its test (in Heddle's sources)", [("check", "FAMILY/NAME", None)], [
        Option(["--form"], "FORM", "automaton, match or unit", ["automaton", "match", "unit"], "automaton"),
        Option(["--root"], "FOLDER", "where to write", hidden=True)]),
    "profiles": ("write docs/profiles and docs/checks/README.md from the checks (in Heddle's sources)", [], SEARCHED),
}
EPILOG = """\
Without PATH: the project that the current folder is in; in Heddle's own sources, the tour. A header as PATH stands for
the units that include it.
What stands behind -- goes to clang-tidy, as in: heddle lint src -- --extra-arg=-DX

Results are kept: a unit is analysed again when its sources, headers, flags, the options and models of its .clang-tidy
or the module have changed. All checks run; which of them are shown is chosen afterwards. An interrupted run goes on
where it was.

Ends with 0 when there is nothing to report, 1 when there are findings, and 2 when something could not be analysed
(it is named, and the rest is still reported).

Options can stand in a .heddle.yaml in or above PATH, by the names they have here: 'fail-on: bug'; for some files only,
as in 'tests/**: {profile: bug}' and 'third_party/**: off'.
"""


def overview():
    """The commands, for 'heddle help'."""
    import textwrap
    lines = ["Finds concurrency bugs in C++ before they run.", "", "Usage: heddle COMMAND", ""]
    for name, (text, positional, _) in COMMANDS.items():
        words = [name] + [{"*": f"[{w}]...", "?": f"[{w}]", "+": f"{w}...", None: w}[number] for _, w, number in positional]
        head = "  " + " ".join(words)
        body = textwrap.wrap(text, 96)
        lines.append(f"{head:20} {body[0]}")
        lines += [" " * 21 + b for b in body[1:]]
    return "\n".join(lines + ["", "'heddle COMMAND --help' describes each.", ""])


def destination(option):
    return max(option.names, key=len).lstrip("-").replace("-", "_")


def parser():
    top = argparse.ArgumentParser(prog="heddle")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, (text, positional, options) in COMMANDS.items():
        p = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".",
                                epilog=EPILOG if name == "lint" else None, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
        for destined, word, number in positional:
            p.add_argument(destined, metavar=word, **({"nargs": number} if number else {}))
        for o in options:
            text = argparse.SUPPRESS if o.hidden else o.help
            if o.value is None:
                p.add_argument(*o.names, action="store_true", default=None, help=text)
            else:
                p.add_argument(*o.names, metavar=o.value if not o.choices else "|".join(o.choices), choices=o.choices,
                               action="append" if o.many else "store", help=text)
    return top


def parse(argv):
    """What the command line says. Raises Failure for an option that the command does not have."""
    a, unknown = parser().parse_known_args(argv)
    if unknown:
        names = [n for o in COMMANDS[a.command][2] if not o.hidden for n in o.names]
        close = difflib.get_close_matches(unknown[0].split("=")[0], names, 1)
        raise Failure(f"'heddle {a.command}' does not know {unknown[0]}; " + (
            f"did you mean {close[0]}?" if close else f"'heddle {a.command} --help' lists its options"))
    return a


def configuration_file(start):
    """The .heddle.yaml in or above a folder, up to the top of the working tree; None for none."""
    folder = os.path.realpath(start)
    while True:
        path = os.path.join(folder, ".heddle.yaml")
        if os.path.isfile(path):
            return path
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return None
        folder = parent


def read_configuration(path, options):
    """The options in a .heddle.yaml, by their destinations. Raises Failure with file and line."""
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    try:
        value = yamltext.parse(text)
    except yamltext.Error as e:
        raise Failure(f"{path}:{e.line}: {e}")
    if not isinstance(value, dict):
        raise Failure(f"{path}:1: is 'option: value' line by line")
    lines = yamltext.key_lines(text)
    known = {max(o.names, key=len).lstrip("-"): o for o in options if o.configured}
    found = {}
    for key, given in value.items():
        def wrong(why):
            raise Failure(f"{path}:{lines.get(key, 1)}: {why}")
        if set("*?[/") & set(key):
            found.setdefault("rules", []).append(rule(path, key, given, wrong))
            continue
        option = known.get(key)
        if not option:
            wrong(f"there is no option '{key}' (known: {', '.join(sorted(known))})")
        if option.value is None:
            if given not in ("true", "false"):
                wrong(f"{key} is true or false")
            given = given == "true"
        else:
            given = given if isinstance(given, list) else [given]
            if not all(isinstance(g, str) for g in given):
                wrong(f"{key} is a value or a list of values")
            for g in given:
                if option.choices and g not in option.choices:
                    wrong(f"{key} is one of {', '.join(option.choices)}, not {g}")
            if option.value in ("FILE", "FOLDER", "GLOB"):  # from the file's folder, wherever the command is started
                base = os.path.dirname(path)
                given = [g if option.names[0] == "--tidy" and os.sep not in g or g.startswith("*") else
                         os.path.normpath(os.path.join(base, g)) for g in given]
            if not option.many and len(given) != 1:
                wrong(f"{key} has one value")
            given = given if option.many else given[0]
        found[destination(option)] = given
    return found


RULED = ("checks", "profile", "fail-on")  # what may differ by path


def rule(path, glob, given, wrong):
    """The rule that a glob introduces in .heddle.yaml: 'off', or options for the files that match."""
    if given != "off":
        if not isinstance(given, dict):
            wrong(f"{glob} is 'off' or {{option: value}}, with {', '.join(RULED)}")
        for key, value in given.items():
            option = next((o for o in LINT if o.names[0] == "--" + key), None)
            if key not in RULED:
                wrong(f"there is no option '{key}' by path (known: {', '.join(RULED)})")
            if isinstance(value, list) and key == "checks":
                given[key] = value = ",".join(value)
            if not isinstance(value, str) or (option.choices and value not in option.choices):
                wrong(f"{key} is one of {', '.join(option.choices or ['a list of checks'])}, not {value}")
    return selection.Rule(os.path.dirname(path), selection.compile_glob(glob), None if given == "off" else given)


def complete(a):
    """Fills in what the command line left open: from .heddle.yaml, then the defaults."""
    options = COMMANDS[a.command][2]
    configured = {}
    a.given = {destination(o) for o in options if getattr(a, destination(o)) is not None}
    if a.command in ("lint", "merge"):
        start = a.paths[0] if getattr(a, "paths", None) else "."
        while start and not os.path.isdir(start):
            start = os.path.dirname(start) or "."
        path = configuration_file(start)
        # What only lint knows may stand in the file when merge reads it.
        configured = {k: v for k, v in (read_configuration(path, LINT) if path else {}).items()
                      if k in {destination(o) for o in options} | {"rules"}}
    a.rules = configured.pop("rules", [])
    for o in LINT if a.command == "tour" else options:
        name = destination(o)
        if getattr(a, name, None) is None:
            setattr(a, name, configured.get(name, o.default))
    for name, least in (("jobs", 1), ("time_limit", 0), ("limit", 1)):
        if getattr(a, name, None) is not None:
            try:
                setattr(a, name, int(getattr(a, name)))
                if getattr(a, name) < least:
                    raise ValueError
            except ValueError:
                raise Failure(f"--{name.replace('_', '-')} is a number from {least} on, not {getattr(a, name)}")
    return a


def completion(shell):
    """A script that completes the command line. Raises Failure."""
    names = {c: [n for o in options if not o.hidden for n in o.names] for c, (_, _, options) in COMMANDS.items()}
    values = {n: o.choices for _, _, options in COMMANDS.values() for o in options if o.choices for n in o.names}
    values = {n: sorted({c for _, _, opts in COMMANDS.values() for o in opts if n in o.names and o.choices
                         for c in o.choices}) for n in values}
    if shell == "bash":
        cases = "\n".join(f"    {c}) words='{' '.join(w)}' ;;" for c, w in names.items())
        previous = "\n".join(f"    {n}) COMPREPLY=($(compgen -W '{' '.join(v)}' -- \"$word\")); return ;;"
                             for n, v in values.items())
        return f"""# Completion of heddle for bash: source this, or put it into ~/.local/share/bash-completion/completions/heddle.
_heddle() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} words=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '{' '.join(COMMANDS)}' -- "$word"))
    return
  fi
  case $previous in
{previous}
    explain) COMPREPLY=($(compgen -W "$(heddle list 2>/dev/null | grep -o 'heddle-[a-z0-9-]*')" -- "$word")); return ;;
    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$word")); return ;;
  esac
  case ${{COMP_WORDS[1]}} in
{cases}
  esac
  case $word in
    -*) COMPREPLY=($(compgen -W "$words" -- "$word")) ;;
    *) COMPREPLY=($(compgen -f -- "$word")) ;;
  esac
}}
complete -F _heddle heddle
"""
    if shell == "zsh":
        def described(text):
            return text.replace("'", "'\\''").replace("[", "(").replace("]", ")").replace(":", "\\:")
        commands = "\n".join(f"    '{c}:{described(t)}'" for c, (t, _, _) in COMMANDS.items())
        cases = []
        for c, (_, positional, options) in COMMANDS.items():
            lines = []
            for o in options:
                if not o.hidden:
                    star = "*" if o.many else ""
                    wants = f":{o.value}:({' '.join(o.choices)})" if o.choices else \
                        f":{o.value}:_files" if o.value in ("FILE", "FOLDER", "GLOB") else f":{o.value}:" if o.value else ""
                    lines += [f"'{star}{n}[{described(o.help)}]{wants}'" for n in o.names]
            what = {"explain": "\"1:check:($(heddle list 2>/dev/null | grep -o 'heddle-[a-z0-9-]*' | tr '\\n' ' '))\"",
                    "completion": "'1:shell:(bash zsh fish)'"}.get(c, "'*:file:_files'")
            cases.append(f"    {c}) _arguments " + " \\\n      ".join(lines + [what]) + " ;;")
        return f"""#compdef heddle
# Completion of heddle for zsh: source this, or put it as _heddle into a folder of $fpath.
_heddle() {{
  local -a commands=(
{commands}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  shift words
  (( CURRENT-- ))
  case $words[1] in
{chr(10).join(cases)}
  esac
}}
if [ "$funcstack[1]" = _heddle ]; then _heddle "$@"; else compdef _heddle heddle; fi
"""
    if shell == "fish":
        lines = ["# Completion of heddle for fish: put it into ~/.config/fish/completions/heddle.fish."]
        for c, (text, _, options) in COMMANDS.items():
            lines.append(f"complete -c heddle -n __fish_use_subcommand -f -a {c} -d {quote(text)}")
            for o in options:
                if o.hidden:
                    continue
                flags = " ".join(("-l " + n[2:]) if n.startswith("--") else ("-s " + n[1:]) for n in o.names)
                wants = f" -x -a {quote(' '.join(o.choices))}" if o.choices else " -r" if o.value else ""
                lines.append(f"complete -c heddle -n '__fish_seen_subcommand_from {c}' {flags}{wants} -d {quote(o.help)}")
        lines.append("complete -c heddle -n '__fish_seen_subcommand_from explain' -f -a "
                     "\"(heddle list 2>/dev/null | string match -r 'heddle-[a-z0-9-]+')\"")
        lines.append("complete -c heddle -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'")
        return "\n".join(lines) + "\n"
    raise Failure(f"completion is for bash, zsh or fish, not {shell}")


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
