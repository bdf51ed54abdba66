"""For people: the finding, its line, and the steps of its story, as compilers write them."""
import os

from cli import story


def path(file):
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def position(place):
    return (f"{path(place['file'])}:{place['line']}:{place['column']}:", "bold")


def excerpt(place):
    """The line, and what is marked in it."""
    if not place["text"].strip():
        return
    before = place["text"].encode()[:place["column"] - 1].decode(errors="replace")
    rest = place["text"][len(before):]
    length = max(1, min(place.get("length", 1), len(rest)))

    def below(text):  # tabs stay, so that both lines are aligned however wide they are
        return "".join("\t" if c == "\t" else " " for c in text)
    yield [(f"{place['line']:5} | {place['text']}", "")]
    yield [(f"      | {below(before)}", ""), ("^" + "~" * (length - 1), "bold green")]
    for fix in place.get("fixes") or []:
        if fix["line"] == place["line"] and fix["file"] == place["file"] and "\n" not in fix["new"]:
            shift = below(fix["text"].encode()[:fix["column"] - 1].decode(errors="replace"))
            yield [(f"      | {shift}", ""), (fix["new"].strip() or "(remove)", "green")]


def lines(report):
    """Each line as [(text, style)], the styles as rich names them."""
    for f in report.listed:
        uri = report.help_uri(f["check"]) if report.colour else None
        yield [position(f), (" ", ""), ("warning:", "bold magenta"), (f" {f['message']}", "bold"),
               (f" ({report.marks(f)}) ", ""), (f"[{f['check']}]", f"link {uri}" if uri else "")]
        yield from excerpt(f)
        told = story.lines(f)
        for step in told:
            number = f"({step.number}) " if len(told) > 1 else ""
            yield [position(step.place), (" ", ""), ("note:", "cyan"), (f" {number}{step.message}", "")]
            if not step.final:
                yield from excerpt(step.place)


def render(report):
    if not report.colour:
        return "".join("".join(text for text, _ in line) + "\n" for line in lines(report))
    from rich.console import Console
    from rich.text import Text
    console = Console(highlight=False)
    with console.capture() as capture:
        for line in lines(report):
            console.print(Text.assemble(*line), soft_wrap=True)
    return capture.get()
