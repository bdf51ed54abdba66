"""SARIF 2.1.0. https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""
import json
import os
import re
import urllib.parse

from cli import story, where
from cli.report import HIDDEN_BY, VERSION

# What a level and a rank mean to the pages that show the results.
LEVEL = {"bug": "error", "risk": "warning"}
PRECISION = {"bug": "very-high", "risk": "high"}
SUPPRESSION = {"nolint": "inSource", "baseline": "external"}


def uri(path):
    return urllib.parse.quote(os.fsencode(path))


def artifact(report, file):
    relative = report.scope.relative(file)
    if relative.startswith("/"):
        return {"uri": "file://" + uri(relative)}
    return {"uri": uri(relative), "uriBaseId": "SRCROOT"}


def column(text, byte):
    """A column in characters from one in bytes, both from 1."""
    return len(text.encode()[:byte - 1].decode(errors="replace")) + 1


def region(place):
    found = {"startLine": place["line"], "startColumn": column(place["text"], place["column"])}
    if place.get("length"):
        end = column(place["text"], place["column"] + place["length"])
        if end <= len(place["text"]) + 1:
            found["endColumn"] = end
    if place["text"]:
        found["snippet"] = {"text": place["text"]}
    return found


def location(report, place, message=None):
    found = {"physicalLocation": {"artifactLocation": artifact(report, place["file"]), "region": region(place)}}
    if message:
        found["message"] = {"text": message}
    return found


def fix(report, finding):
    changes = {}
    for e in finding["fixes"]:
        changes.setdefault(e["file"], []).append({
            "deletedRegion": {"startLine": e["line"], "startColumn": column(e["text"], e["column"]),
                              "endLine": e["end_line"], "endColumn": column(e["end_text"], e["end_column"])},
            "insertedContent": {"text": e["new"]}})
    return {"description": {"text": "the edit that the check proposes"},
            "artifactChanges": [{"artifactLocation": artifact(report, file), "replacements": edits}
                                for file, edits in changes.items()]}


def plain(markdown):
    return re.sub(r"^#+ ", "", markdown.replace("```cpp", "").replace("```", ""), flags=re.M)


def rule(report, name):
    info = report.checks.get(name)
    found = {"id": name, "name": "".join(p.capitalize() for p in name.split("-"))}
    if not info:
        return found
    page = where.read_page(name) or info["summary"]
    wrong = re.search(r"^## What goes wrong\n+(.*?)(?=^## |\Z)", page, re.M | re.S)
    found.update({
        "shortDescription": {"text": info["summary"]},
        "fullDescription": {"text": " ".join(wrong[1].split()) if wrong else info["summary"]},
        "help": {"text": plain(page).strip(), "markdown": page.strip()},
        "defaultConfiguration": {"level": LEVEL[info["tier"]]},
        "properties": {"tags": ["concurrency", info["family"], info["tier"]] + ["preview"] * info["preview"],
                       "precision": "medium" if info["preview"] else PRECISION[info["tier"]],
                       "problem.severity": "error" if info["tier"] == "bug" else "warning"}})
    help_uri = report.help_uri(name)
    if help_uri:
        found["helpUri"] = help_uri
    return found


def result(report, f, index):
    found = {"ruleId": f["check"], "ruleIndex": index[f["check"]], "level": LEVEL.get(f["tier"], "warning"),
             "message": {"text": f["message"]}, "locations": [location(report, f)],
             "partialFingerprints": {"heddle/v1": f["fingerprint"]},
             "properties": {"tags": [f["tier"]] + ["preview"] * report.preview(f["check"])}}
    if f.get("function"):
        found["locations"][0]["logicalLocations"] = [{"fullyQualifiedName": f["function"], "kind": "function"}]
    steps = story.steps(f)
    if len(steps) > 1:
        found["relatedLocations"] = [dict(location(report, s.place, s.message), id=s.number) for s in steps if not s.final]
        found["codeFlows"] = [{"threadFlows": [{"locations": [
            {"location": location(report, s.place, f["message"] if s.final else s.message), "executionOrder": s.number,
             "importance": "essential" if s.final else "important"} for s in steps]}]}]
    if f.get("fixes"):
        found["fixes"] = [fix(report, f)]
    if f["hidden"]:
        found["suppressions"] = [{"kind": SUPPRESSION[f["hidden"]], "justification": "hidden by " + HIDDEN_BY[f["hidden"]]}]
    return found


def render(report):
    names = sorted({f["check"] for f in report.findings} | set(report.checks))
    index = {name: i for i, name in enumerate(names)}
    notifications = [{"level": "error", "message": {"text": "could not analyse: " + p["problem"]},
                      "locations": [{"physicalLocation": {"artifactLocation": artifact(report, p["file"])}}]}
                     for p in report.problems]
    driver = {"name": "heddle", "version": VERSION, "semanticVersion": VERSION, "fullName": f"heddle {VERSION}",
              "rules": [rule(report, n) for n in names]}
    run = {"tool": {"driver": driver},
           "automationDetails": {"id": "heddle/"},
           "invocations": [{"executionSuccessful": not report.problems,
                            "toolExecutionNotifications": notifications}],
           "originalUriBaseIds": {"SRCROOT": {"uri": "file://" + uri(report.scope.root.rstrip("/") + "/")}},
           "columnKind": "unicodeCodePoints",
           "results": [result(report, f, index) for f in report.findings]}
    return json.dumps({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]},
                      indent=1, ensure_ascii=False) + "\n"
