"""One self-contained page: every finding with its code and its story beside the lines, filters, the checks' pages."""
import collections
import io
import os

import jinja2
import markupsafe
from markdown_it import MarkdownIt
from pygments.formatters import HtmlFormatter
from pygments.lexers import CppLexer

from cli import story, where
from cli.say import count

AROUND = 3  # lines shown above and below each step
HERE = os.path.dirname(os.path.abspath(__file__))
LEXER, FORMATTER = CppLexer(stripnl=False, ensurenl=False), HtmlFormatter(nowrap=True)

# One row of a listing: a line of code, with the steps that happen there; number is None for a gap.
Row = collections.namedtuple("Row", "number code steps rail")


def paint(tokens):
    out = io.StringIO()
    FORMATTER.format(tokens, out)
    return markupsafe.Markup(out.getvalue().rstrip("\n"))


def split_lines(text):
    """The tokens of each line."""
    lines = [[]]
    for kind, value in LEXER.get_tokens(text):
        first, *others = value.split("\n")
        lines[-1].append((kind, first))
        lines += [[(kind, part)] for part in others]
    return lines


def split_at(tokens, column):
    left, right = [], []
    for kind, text in tokens:
        n = max(0, min(len(text), column))
        left.append((kind, text[:n]))
        right.append((kind, text[n:]))
        column -= len(text)
    return left, right


def mark(tokens, place):
    """The line with the place marked."""
    text = place["text"]
    start = len(text.encode()[:place["column"] - 1].decode(errors="replace"))
    rest = text[start:]
    length = max(1, min(place.get("length") or 1, len(rest)))
    if length == 1:  # a name rather than its first letter
        length = next((i for i, c in enumerate(rest) if not (c.isalnum() or c in "_:")), len(rest)) or 1
    before, rest = split_at(tokens, start)
    marked, after = split_at(rest, length)
    return paint(before) + markupsafe.Markup("<mark>%s</mark>") % paint(marked) + paint(after)


class Code:
    """The lines of the sources, read and highlighted once."""

    def __init__(self):
        self.files = {}

    def read(self, file):
        """(text, tokens) of each line, or None."""
        if file not in self.files:
            try:
                with open(file, encoding="utf-8", errors="replace") as f:
                    text = f.read().rstrip("\n")
                self.files[file] = list(zip(text.split("\n"), split_lines(text)))
            except OSError:
                self.files[file] = None
        return self.files[file]

    def lines(self, steps):
        """The lines of the file that the steps are in, by number. If it has changed since or is not here, the lines as
        they were are all there is."""
        lines = self.read(steps[0].place["file"])
        places = [s.place for s in steps]
        if lines is not None and all(p["line"] <= len(lines) and lines[p["line"] - 1][0].rstrip("\r") == p["text"]
                                     for p in places):
            wanted = {n for p in places for n in range(p["line"] - AROUND, p["line"] + AROUND + 1)}
            return {n: lines[n - 1][1] for n in sorted(wanted) if 1 <= n <= len(lines)}
        return {p["line"]: split_lines(p["text"])[0] for p in sorted(places, key=lambda p: p["line"])}


def listings(finding):
    """The steps of the story, cut where the next one is in another file or above the last: read from top to bottom,
    they are in the order in which they happen."""
    found = []
    for step in story.steps(finding):
        last = found[-1][-1].place if found else None
        if last and last["file"] == step.place["file"] and last["line"] <= step.place["line"]:
            found[-1].append(step)
        else:
            found.append([step])
    return found


def rows(steps, code):
    first, last, previous = steps[0].place["line"], steps[-1].place["line"], None
    for number, tokens in code.lines(steps).items():
        rail = first < number <= last
        if previous is not None and number != previous + 1:
            yield Row(None, "", [], rail)
        previous = number
        here = [s for s in steps if s.place["line"] == number]
        yield Row(number, mark(tokens, here[0].place) if here else paint(tokens), here,
                  first <= number <= last and first < last)


def page(check):
    """A check's page as HTML, its headings below those of the report."""
    def highlight(text, language, attributes):
        return str(paint(LEXER.get_tokens(text)))
    markdown = MarkdownIt("commonmark", {"html": False, "highlight": highlight}).enable("table")
    tokens = markdown.parse(where.read_page(check))
    for token in tokens:
        if token.type.startswith("heading"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    return markupsafe.Markup(markdown.renderer.render(tokens, markdown.options, {}))


def render(report):
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.globals.update(code=Code(), count=count, listings=listings, rows=rows)
    choices = {key: sorted(collections.Counter(f[key] or "none" for f in report.listed).items())
               for key in ("tier", "check", "hidden")}
    return environment.get_template("report.html").render(
        report=report, name=os.path.basename(report.scope.root), choices=choices,
        pages={c: page(c) for c, _ in choices["check"] if where.page(c)}) + "\n"
