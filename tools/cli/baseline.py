"""A baseline: the findings that were there before, by fingerprint. The file is sorted, one finding a line, so that its
changes can be reviewed."""
import json

from cli.say import Failure


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
    try:
        with open(path, "w", encoding="utf-8") as f:
            f.write('{"version": 1, "findings": [\n' + lines + "\n]}\n")
    except OSError as e:
        raise Failure(f"cannot write the baseline {path}: {e.strerror}")


def hide(findings, entries):
    """Marks the findings that the baseline knows; returns the fingerprints that were met."""
    met = set()
    for f in findings:
        if f["fingerprint"] in entries:
            met.add(f["fingerprint"])
            f["hidden"] = f["hidden"] or "baseline"
    return met
