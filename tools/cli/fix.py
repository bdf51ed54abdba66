"""Applies fixes, by clang-apply-replacements."""
import json
import os
import subprocess
import tempfile


def quoted(text):
    """A scalar that LLVM reads back as it is: what JSON escapes, YAML does too."""
    return json.dumps(text, ensure_ascii=False)


def choose(findings):
    """The findings whose fixes can be applied together, and those that have to wait: their edits overlap."""
    taken, chosen, waiting = {}, [], []
    for f in findings:
        edits = f.get("fixes") or []
        if not edits:
            continue

        def clashes(e):
            a, b = e["offset"], e["offset"] + e["length"]
            return any((a, b, e["new"]) != other and ((a < other[1] and other[0] < b) or a == other[0])
                       for other in taken.get(e["file"], ()))
        if any(map(clashes, edits)):
            waiting.append(f)
            continue
        chosen.append(f)
        for e in edits:
            taken.setdefault(e["file"], set()).add((e["offset"], e["offset"] + e["length"], e["new"]))
    return chosen, waiting


def apply(findings, program):
    """Applies the fixes of the findings; returns what the program complains of, or "". """
    with tempfile.TemporaryDirectory() as folder:
        edits = {(e["file"], e["offset"], e["length"], e["new"]) for f in findings for e in f.get("fixes") or []}
        with open(os.path.join(folder, "fixes.yaml"), "w", encoding="utf-8") as out:
            out.write("---\nMainSourceFile: ''\nDiagnostics:\n  - DiagnosticName: heddle\n    DiagnosticMessage:\n"
                      "      Message: fix\n      FilePath: ''\n      FileOffset: 0\n      Replacements:\n")
            for file, offset, length, new in sorted(edits):
                out.write(f"        - FilePath: {quoted(file)}\n          Offset: {offset}\n          Length: {length}\n"
                          f"          ReplacementText: {quoted(new)}\n")
            out.write("...\n")
        done = subprocess.run([program, folder], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.strip() or f"it ended with {done.returncode}" if done.returncode else ""
