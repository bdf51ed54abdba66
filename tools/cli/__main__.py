"""The heddle command; `python3 tools/cli COMMAND …`."""
import os
import signal
import sys
import traceback

if __package__ in (None, ""):
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.dont_write_bytecode = not os.access(sys.path[0], os.W_OK)

from cli import checks, init, libraries, lint, options, verify, where  # noqa: E402
from cli.engine import Engine  # noqa: E402
from cli.report import VERSION  # noqa: E402
from cli.say import Failure, mute, say  # noqa: E402


def describe(a):
    """What the module says of its checks."""
    import tempfile
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(a.tidy or where.tool("clang-tidy", a.llvm), a.module or where.module(a.llvm),
                        os.path.join(folder, "engine.json"))
        return list(engine.checks.values())


def explain(a):
    page = where.read_page(a.check)
    if page is None:
        raise Failure(f"there is no check '{a.check}'; 'heddle list' names them")
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown
        Console(width=min(Console().width, 120)).print(Markdown(page, code_theme="ansi_dark", inline_code_lexer="cpp"))
    else:
        print(page, end="")


def run(argv):
    split = argv.index("--") if "--" in argv else len(argv)
    if argv[:1] == ["help"] and argv[1:]:
        argv = [argv[1], "--help"]
    if not argv or argv[0] in ("help", "-h", "--help"):
        print(options.overview(), end="")
        return 0
    if argv[0] == "--version":
        print(f"heddle {VERSION}")
        return 0
    if argv[0] not in options.COMMANDS and not argv[0].startswith("-"):
        raise Failure(f"there is no command '{argv[0]}'; 'heddle --help' names them")
    a = options.complete(options.parse(argv[:split]))
    if a.command != "completion":
        libraries.require()
    if a.command in ("lint", "tour"):
        return lint.lint(a, argv[split + 1:])
    if a.command == "merge":
        return lint.merge(a)
    if a.command == "list":
        checks.list_checks(describe(a))
    elif a.command == "explain":
        explain(a)
    elif a.command == "init":
        return init.run(a, describe(a))
    elif a.command == "verify":
        return verify.run(a)
    elif a.command == "completion":
        print(options.completion(a.shell), end="")
    elif a.command == "new":
        if not where.IN_SOURCES:
            raise Failure("new checks are made in Heddle's sources, not in an installed tree")
        from cli import new
        new.run(a)
    elif a.command == "profiles":
        if not where.IN_SOURCES:
            raise Failure("docs is written in Heddle's sources, not in an installed tree")
        checks.write_profiles(describe(a), where.DOCS)
    return 0


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a CI that gives up is an interrupt, too
    sys.stdout.reconfigure(errors="replace")  # what the terminal cannot show is no reason to show nothing
    try:
        status = run(sys.argv[1:])
        sys.stdout.flush()
        return status
    except Failure as e:
        say(str(e))
        return 2
    except BrokenPipeError:  # the reader has seen enough
        mute()
        return 0
    except KeyboardInterrupt:
        return 130
    except OSError as e:  # a disc that is full, in the middle of the work
        say(f"{e.filename}: {e.strerror}" if e.filename else e.strerror or str(e))
        mute()
        return 2
    except Exception:  # Python's own status for it is 1, which stands for findings
        traceback.print_exc()
        say("this is a mistake of heddle's own; please report it together with the lines above")
        return 2


if __name__ == "__main__":
    sys.exit(main())
