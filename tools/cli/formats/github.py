"""Workflow commands of GitHub Actions: each finding becomes an annotation at its line.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
from cli import story


def data(text):
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def parameter(text):
    return data(text).replace(":", "%3A").replace(",", "%2C")


def render(report):
    lines = []
    for f in report.shown:
        level = "error" if f["tier"] == "bug" else "warning"
        steps = [f"{report.scope.relative(s.place['file'])}:{s.place['line']}: {s.message}" for s in story.lines(f)]
        message = "\n".join([f["message"], *steps])
        lines.append(f"::{level} file={parameter(report.scope.relative(f['file']))},line={f['line']},col={f['column']},"
                     f"title={parameter(f['check'] + ' (preview)' * report.preview(f['check']))}::{data(message)}")
    for p in report.problems:
        lines.append(f"::error file={parameter(report.scope.relative(p['file']))},title=heddle could not analyse this"
                     f"::{data(p['problem'])}")
    for file, line, check in report.idle:
        lines.append(f"::notice file={parameter(report.scope.relative(file))},line={line},title=unused NOLINT"
                     f"::{data(f'NOLINT({check}) hides nothing; take it out')}")
    return "".join(x + "\n" for x in lines)
