#!/usr/bin/env python3
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "tools"))
sys.dont_write_bytecode = True
from cli import miniyaml  # noqa: E402

GOOD = [
    ("", {}),
    ("# nothing\n---\n...\n", {}),
    ("a: b # comment\nc: 'it''s # none'\nd: \"\\u00e9\\n\\\"\\\\\"\n", {"a": "b", "c": "it's # none", "d": "é\n\"\\"}),
    ("a:\n- 1\n- x: y\n  z: w\n-\n  - deep\nb: ~\n", {"a": ["1", {"x": "y", "z": "w"}, ["deep"]], "b": ""}),
    ("a: [b, 'c, d', {e: f}, []]\ng: {}\n", {"a": ["b", "c, d", {"e": "f"}, []], "g": {}}),
    ("Message: 'two\n  lines'\nnext: 1\n", {"Message": "two\n  lines", "next": "1"}),
    ("Checks: >\n  -*,\n  heddle-*\nUser: x\n", {"Checks": "-*, heddle-*", "User": "x"}),
    ("- DiagnosticName:  'a b'\n  Notes:\n    - Message: it: is\n      Offset: 3\n",
     [{"DiagnosticName": "a b", "Notes": [{"Message": "it: is", "Offset": "3"}]}]),
    ("url: http://x/#y\n'quoted: key': 1\n", {"url": "http://x/#y", "quoted: key": "1"}),
]
BAD = [("a: 'open\nb: c\n", 1), ("a: b\n\tc: d\n", 2), ("a: b\n  c: d\n", 2), ("a: [b\n", 1), ("x\ny: z\n", 2), ("a: &b c\n", 1)]

for text, meant in GOOD:
    assert miniyaml.parse(text) == meant, (text, miniyaml.parse(text))
for text, line in BAD:
    try:
        raise AssertionError((text, miniyaml.parse(text)))
    except miniyaml.Error as e:
        assert e.line == line, (text, e.line, str(e))
