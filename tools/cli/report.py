"""What a run found, as the formats and `heddle merge` see it."""
import json
import os

from cli import where
from cli.say import Failure

VERSION = "0.1.0"


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

    @property
    def shown(self):
        return [f for f in self.findings if not f["hidden"]]

    def tiers(self):
        return {name: c["tier"] for name, c in self.checks.items()}

    def help_uri(self, check):
        page = where.page(check)
        if self.pages and page:
            return self.pages.rstrip("/") + "/" + os.path.relpath(page, os.path.join(where.DOCS, "checks")).replace(os.sep, "/")
        return "file://" + page if page else None

    def save(self):
        """As JSON; what `merge` reads."""
        return {"version": 1, "tool": {"name": "heddle", "version": VERSION, "engine": self.engine},
                "root": self.scope.root, "units": self.units, "findings": self.findings, "problems": self.problems,
                "idle": self.idle, "markers": self.markers, "shard": self.shard, "stale": self.stale, "checks": self.checks, "files": sorted(self.files)}


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
