"""Findings as the command deals with them: merged from all units, sorted, each with a fingerprint.

A finding is a dict: check, message, file, line, column, offset, text (of the line), function, notes and fixes (both
with places of the same kind), tier, fingerprint, and hidden: "" or why it is not shown ("nolint", "baseline").
"""
import hashlib
import os
import re

from cli.database import SOURCES


class Scope:
    """Which files findings are told of: those of the project, less what .clang-tidy excludes."""

    def __init__(self, root):
        self.root = os.path.realpath(root)
        self.real = {}

    def path(self, file):
        if file not in self.real:
            self.real[file] = os.path.realpath(file)
        return self.real[file]

    def relative(self, file):
        """For people's eyes and for fingerprints: from the project's root, with '/'."""
        relative = os.path.relpath(self.path(file), self.root)
        return file if relative.startswith("..") else relative.replace(os.sep, "/")

    def has(self, file):
        return self.path(file).startswith(os.path.join(self.root, ""))


def header_filter(configuration):
    """Whether a header is told of, as HeaderFilterRegex and ExcludeHeaderFilterRegex say."""
    def search(pattern):
        try:
            return re.compile(pattern).search if pattern else None
        except re.error:
            return None
    # Clang-tidy's own default of "" (or ".*") says nothing about the project; a source that is included is no header.
    wanted, unwanted = search(configuration["headers"]), search(configuration["not_headers"])
    return lambda file: (not wanted or wanted(file) or file.endswith(SOURCES)) and not (unwanted and unwanted(file))


def collect(results, scope):
    """The findings of [(unit's file, result, header filter)], each once; what NOLINT hides among them."""
    found = {}
    for file, result, filtered in results:
        for hidden, listed in (("", result["findings"]), ("nolint", result["hidden"])):
            for f in listed:
                if f["file"] != file and not (scope.has(f["file"]) and filtered(f["file"])):
                    continue
                key = f["check"], scope.path(f["file"]), f["offset"], f["message"]
                if key not in found or (found[key]["hidden"] and not hidden):
                    found[key] = dict(f, hidden=hidden)
    return list(found.values())


def normalised(text):
    return re.sub(r"\d+", "#", " ".join(text.split()))


def identify(findings, scope, tier):
    """Sorts, and gives each finding its tier and a fingerprint that outlives moved lines: made of the check, the file,
    the function, the message and the text of the line; alike ones are numbered."""
    findings.sort(key=lambda f: (scope.relative(f["file"]), f["line"], f["column"], f["check"], f["message"]))
    numbers = {}
    for f in findings:
        f["tier"] = f.get("tier") or tier(f["check"])
        parts = "\0".join([f["check"], scope.relative(f["file"]), f.get("function", ""), normalised(f["message"]),
                           " ".join(f["text"].split())])
        numbers[parts] = numbers.get(parts, 0) + 1
        f["fingerprint"] = hashlib.sha1(f"{parts}\0{numbers[parts]}".encode(errors="replace")).hexdigest()[:20]
    return findings


def idle_markers(results, scope, whole):
    """(file, line, check) of each NOLINT of ours that hides nothing in any unit. Of a header that can only be said
    when all units were looked at (`whole`)."""
    used, idle = set(), set()
    for file, result, _ in results:
        for m in result["markers"]:
            if not scope.has(m["file"]) or (m["file"] != file and not whole):
                continue
            used |= {(m["file"], m["line"], c) for c in m["used"]}
            idle |= {(m["file"], m["line"], c) for c in m["idle"]}
    return sorted(idle - used)


def shown(findings):
    return [f for f in findings if not f["hidden"]]
