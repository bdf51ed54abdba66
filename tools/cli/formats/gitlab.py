"""GitLab's code quality report. https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""
import json


def render(report):
    return json.dumps([{
        "description": f["message"] + " (preview)" * report.preview(f["check"]),
        "check_name": f["check"],
        "fingerprint": f["fingerprint"],
        "severity": "major" if f["tier"] == "bug" else "minor",
        "categories": ["Bug Risk"],
        "location": {"path": report.scope.relative(f["file"]), "lines": {"begin": f["line"]}},
    } for f in report.shown], indent=1, ensure_ascii=False) + "\n"
