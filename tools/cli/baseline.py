"""A baseline: the findings that were there before, by fingerprint. The file is sorted, one finding a line, so that its
changes can be reviewed."""
import json
import os

from cli.say import Failure, count, say


def read(path):
    """The entries by fingerprint. Raises Failure."""
    try:
        with open(path, encoding="utf-8") as f:
            entries = json.load(f)["findings"]
        return {e["fingerprint"]: e for e in entries}
    except OSError as e:
        raise Failure(f"cannot read the baseline {path}: {e.strerror}; --update-baseline writes one")
    except (ValueError, KeyError, TypeError):
        raise Failure(f"{path} is not a baseline of heddle's; --update-baseline writes one")


def write(path, findings, scope, kept):
    """Writes the findings, and the entries to be kept of files that were not looked at."""
    entries = [{"check": f["check"], "file": scope.relative(f["file"]), "fingerprint": f["fingerprint"],
                "function": f.get("function", ""), "message": f["message"]} for f in findings]
    entries += kept
    entries.sort(key=lambda e: (e["file"], e["check"], e["message"], e["fingerprint"]))
    lines = ",\n".join("  " + json.dumps(e, sort_keys=True, ensure_ascii=False) for e in entries)
    whole = os.path.realpath(path)
    try:
        # On a disc that is full the old one is worth more than half of the new one.
        with open(whole + ".new", "w", encoding="utf-8", errors="replace") as f:
            f.write('{"version": 1, "findings": [\n' + lines + "\n]}\n")
        os.replace(whole + ".new", whole)
    except OSError as e:
        if os.path.exists(whole + ".new"):
            os.remove(whole + ".new")
        raise Failure(f"cannot write the baseline {path}: {e.strerror}")


def hide(findings, entries):
    """Marks the findings that the baseline knows; returns the fingerprints that were met."""
    met = set()
    for f in findings:
        if f["fingerprint"] in entries:
            met.add(f["fingerprint"])
            f["hidden"] = f["hidden"] or "baseline"
    return met


def apply(a, report, looked_at, selects=lambda check, file: True):
    """Hides what the baseline knows, and writes it anew when asked to. Entries of what was not looked at this time are
    as they were: of other files, of units that were not analysed, of checks that are not selected."""
    entries = read(a.baseline) if not a.update_baseline or os.path.exists(a.baseline) else {}
    root, files = report.scope.root, {report.scope.relative(f) for f in looked_at}
    files -= {report.scope.relative(p["file"]) for p in report.problems}

    def known_now(entry):
        path = os.path.join(root, entry["file"])
        return not os.path.exists(path) or (entry["file"] in files and selects(entry["check"], path))
    if not a.update_baseline:
        met = hide(report.findings, entries)
        report.stale = [e for k, e in sorted(entries.items()) if k not in met and known_now(e)]
        return
    now = {f["fingerprint"]: f for f in report.findings if f["hidden"] != "nolint"}
    kept = [e for k, e in entries.items() if k not in now and not known_now(e)]
    write(a.baseline, list(now.values()), report.scope, kept)
    gone = len(set(entries) - set(now)) - len(kept)
    say(f"{a.baseline}: {count(len(now) + len(kept), 'finding')} ({len(set(now) - set(entries))} new, {gone} gone)")
    hide(report.findings, now)
