"""What a run found, as the formats and `heddle merge` see it."""
import collections
import json
import os
import urllib.parse

from cli import where
from cli.say import Failure

VERSION = "0.1.0"
HIDDEN_BY = {"nolint": "NOLINT", "baseline": "the baseline"}


class Report:
    """findings: all, hidden ones too; problems: [{"file", "problem"}]; idle: [(file, line, check)];
    stale: entries of the baseline; checks: what the module says of each, by full name."""

    def __init__(self, scope, checks, engine="", units=0):
        self.scope, self.checks, self.engine, self.units = scope, checks, engine, units
        self.findings, self.problems, self.idle, self.stale = [], [], [], []
        self.markers, self.shard = [], ""  # (file, line, what is wrong with a NOLINT); "I/N"
        self.unchanged = 0  # units whose results were there
        self.files = set()  # what was looked at
        self.pages = ""     # where the checks' pages are on the web
        self.colour = False
        self.show_hidden = False  # whether the formats for people list what NOLINT and the baseline hide

    @property
    def shown(self):
        return [f for f in self.findings if not f["hidden"]]

    @property
    def listed(self):
        """What the formats for people list."""
        return self.findings if self.show_hidden else self.shown

    @property
    def unlisted(self):
        return len(self.findings) - len(self.listed)

    def tier(self, check):
        return self.checks.get(check, {}).get("tier", "risk")

    def preview(self, check):
        return self.checks.get(check, {}).get("preview", False)

    def marks(self, finding):
        """Its tier, and what else is to be known of it: preview, hidden by what."""
        marks = [finding["tier"]] + ["preview"] * self.preview(finding["check"])
        if finding["hidden"]:
            marks.append("hidden by " + HIDDEN_BY[finding["hidden"]])
        return ", ".join(marks)

    def counts(self):
        """{check: Counter of its findings by what hides them}, the checks that find bugs first."""
        found = {}
        for f in sorted(self.findings, key=lambda f: (f["tier"], f["check"])):
            found.setdefault(f["check"], collections.Counter())[f["hidden"]] += 1
        return found

    def help_uri(self, check):
        """The address of Heddle's own page of a check, None for no such page."""
        page = where.page(check)
        if self.pages and page:
            return self.pages.rstrip("/") + "/" + os.path.relpath(page, os.path.join(where.DOCS, "checks")).replace(os.sep, "/")
        return "file://" + urllib.parse.quote(page) if page else None

    def save(self):
        """As JSON; what `merge` reads."""
        return {"version": 1, "tool": {"name": "heddle", "version": VERSION, "engine": self.engine},
                "root": self.scope.root, "units": self.units,
                "findings": [dict(f, preview=self.preview(f["check"])) for f in self.findings], "problems": self.problems,
                "idle": self.idle, "markers": self.markers, "shard": self.shard, "stale": self.stale,
                "checks": self.checks, "files": sorted(self.files)}


def load(path):
    """Raises Failure."""
    try:
        with open(path, encoding="utf-8") as f:
            value = json.load(f)
        if value["version"] != 1:
            raise Failure(f"{path} is of another version of heddle")
        value["tool"], value["root"], value["checks"], value["units"]  # a baseline has none of these
        return value
    except OSError as e:
        raise Failure(f"cannot read {path}: {e.strerror}")
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{path} is no report of heddle's; --json FILE writes one")
