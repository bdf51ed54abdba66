#!/usr/bin/env python3
"""Runs clang-tidy on a file and compares what it says with the comments in that file, both ways.

  verify.py [options] FILE CHECKS [-- COMPILER-FLAGS]

A comment stands on the line that it speaks of, and several may share a line:

  p.set_value(2); // warning: promise 'p' is fulfilled a second time
  p.set_value(1); // note: first fulfilled here
  broken(;        // error: expected expression
  f(x);           // fixed: f(std::move(x));

The text is any part of the message, or of "message [check]"; after another word (--word) it is the whole answer to the
question. `warning@-1:` speaks of the line above.

- Every warning and every error has its comment, and every comment its message. A `note:` has to be there; further
  notes are allowed unless --strict-notes.
- A function, struct or class named bad_* or FP_* (known false positive) contains a warning; one named ok_* or FN_*
  (known miss) contains none.
- After --fix, the code on a line with `fixed:` reads as the comment says (` \\n ` stands for a line break), the file
  still compiles, and the checks have no more to say on that line.

FILE may be a page (*.md): then every block fenced as ```cpp is such a file, behind the last `<!-- prelude: ... -->`
before it. A block under the heading "Bad" has a warning, one under "Good" has none.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple

Message = namedtuple("Message", "file line kind text")
Expectation = namedtuple("Expectation", "line kind text")

DIAGNOSTIC = re.compile(r"^(.+?):(\d+):\d+: (warning|error|fatal error|note): (.*)$")
COMMENT = re.compile(r"//\s*(warning|note|error|fixed|{word})(?:@([+-]\d+))?:\s*(.*?)\s*(?=//|$)")
MARKED = re.compile(r"\b((bad|ok|FP|FN)_\w+)")
REPOSITORY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def parse_output(output):
    """The messages that clang-tidy printed, in order."""
    messages = []
    for line in output.splitlines():
        m = DIAGNOSTIC.match(line)
        if m and not m[4].startswith(("FIX-IT ", "this fix will not be applied")):
            kind = "error" if m[3] == "fatal error" else m[3]
            messages.append(Message(os.path.realpath(m[1]), int(m[2]), kind, m[4]))
        elif line.startswith("error: ") or re.match(r"^\S*clang-tidy\S*: ", line):
            messages.append(Message("", 0, "error", line))  # of the command line or configuration
    return messages


def parse_expectations(text, word="warning"):
    comment = re.compile(COMMENT.pattern.replace("{word}", re.escape(word)))
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for kind, offset, wanted in comment.findall(line):
            kind = "warning" if kind == word else kind
            found.append(Expectation(number + int(offset or 0), kind, wanted))
    return found


def blank_comments_and_strings(text):
    """The same text with comments, strings and character literals blanked, so that braces can be counted."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def closing(text, start, pair):
    """The position after the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(text)):
        if text[i] == pair[0]:
            depth += 1
        elif text[i] == pair[1]:
            depth -= 1
            if depth == 0:
                return i + 1
    return len(text)


def marked_ranges(text):
    """(name, kind, first line, last line) of every definition whose name starts with bad_, ok_, FP_ or FN_."""
    code = blank_comments_and_strings(text)
    ranges = []
    for m in MARKED.finditer(code):
        before = code[:m.start()].rstrip()
        position = m.end()
        if re.search(r"\b(struct|class|union)(\s*\[\[.*?\]\])?$", before):
            if re.search(r"\benum$", re.sub(r"\b(struct|class)$", "", before).rstrip()):
                continue
            body = re.compile(r"[^;{()=]*\{").match(code, position)
        else:
            opening = re.compile(r"\s*\(").match(code, position)
            if not opening:
                continue
            after = closing(code, opening.end() - 1, "()")
            # cv, ref, noexcept, trailing return type, requires, constructor initialisers; never a ';', '=' or ')'.
            body = re.compile(r"(?:[\w\s:<>,&*\[\]|!-]|\((?:[^()]|\([^()]*\))*\)|\{[^{};]*\}\s*(?=[,{]))*?\{").match(code, after)
            if re.match(r"\s*(?:[-+*/%|^&?.,<>]|==|!=)", code[after:]) and not re.match(r"\s*(->|&)", code[after:]):
                continue  # a call inside an expression
        if body:
            first = code.count("\n", 0, m.start()) + 1
            last = code.count("\n", 0, closing(code, body.end() - 1, "{}")) + 1
            ranges.append((m[1], m[2], first, last))
    return ranges


def compare(expectations, messages, path, strict_notes=False, word="warning"):
    """What differs, as lines for people."""
    def fits(expectation, message):
        if expectation.kind == "warning" and word != "warning":
            return re.sub(r" \[[\w.,-]+\]$", "", message.text) == f"{word}: {expectation.text}".rstrip()
        return expectation.text in message.text

    problems = []
    wanted = [e for e in expectations if e.kind != "fixed"]
    for message in messages:
        here = message.file == path
        match = next((e for e in wanted if here and (e.line, e.kind) == (message.line, message.kind)
                      and fits(e, message)), None)
        if match:
            wanted.remove(match)
        elif message.kind != "note" or (strict_notes and here):
            # The same message from two template instantiations or files is still one finding too many.
            where = f"{message.line}" if here else f"{message.file}:{message.line}"
            problems.append((message.line if here else 0, f"{where}: unexpected {message.kind}: {message.text}"))
    problems += [(e.line, f"{e.line}: missing {e.kind}: {e.text}") for e in wanted]
    return [text for _, text in sorted(problems, key=lambda p: p[0])]


def compare_marked(text, messages, path):
    problems = []
    warned = [m.line for m in messages if m.kind == "warning" and m.file == path]
    for name, kind, first, last in marked_ranges(text):
        speaks = any(first <= line <= last for line in warned)
        if speaks and kind == "FN":
            problems.append(f"{first}: {name} is a known miss no longer: rename it to bad_*")
        elif speaks and kind == "ok":
            problems.append(f"{first}: {name} has to be silent")
        elif not speaks and kind == "bad":
            problems.append(f"{first}: {name} has to be reported")
        elif not speaks and kind == "FP":
            problems.append(f"{first}: {name} is a known false positive no longer: rename it to ok_*")
    return problems


class Tidy:
    def __init__(self, arguments):
        self.arguments = arguments

    def flags(self, source):
        return ["-std=c++20", "-I" + os.path.dirname(os.path.abspath(source)),
                "-I" + os.path.join(REPOSITORY, "test"),  # Inputs/*.h
                "-I" + os.path.join(REPOSITORY, "lib/runtime/include")] + self.arguments.flags

    def run(self, path, source, *more):
        """clang-tidy's messages about `path`; `source` is the file whose neighbours it includes."""
        a = self.arguments
        command = [a.tidy, "--quiet", "--use-color=false", "--header-filter=.*", f"--checks=-*,{a.checks}"]
        if a.config:
            command.append("--config-file=" + a.config)
        else:
            options = ", ".join("'{}': '{}'".format(*(s.replace("'", "''") for s in o.split("=", 1))) for o in a.option)
            command.append("--config={CheckOptions: {" + options + "}}")
        if a.module:
            command.append("--load=" + a.module)
        command += [*more, path, "--", *self.flags(source)]
        # The checks that are there for tests of the engine are hidden from everybody else.
        environment = dict(os.environ, HEDDLE_DEV="1") if "heddle-dev-" in a.checks else None
        if a.show:
            print(" ".join(command))
        try:
            done = subprocess.run(command, text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=a.timeout,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        except subprocess.TimeoutExpired:
            return [Message("", 0, "error", f"clang-tidy did not end within {a.timeout} s")]
        if a.show:
            print(done.stdout)
        messages = parse_output(done.stdout)
        if done.returncode not in (0, 1):
            messages.append(Message("", 0, "error", f"clang-tidy ended with status {done.returncode}:\n{done.stdout}"))
        elif done.returncode == 1 and not any(m.kind == "error" for m in messages):
            messages.append(Message("", 0, "error", "clang-tidy failed:\n" + done.stdout))
        return messages

    def compiles(self, path, source):
        """What the compiler has to say against the file, or nothing."""
        done = subprocess.run([self.arguments.cxx, "-fsyntax-only", "-w", *self.flags(source), path], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.stdout.strip() if done.returncode else ""


def verify_fixes(tidy, text, path, source):
    with tempfile.TemporaryDirectory() as folder:
        copy = os.path.join(os.path.realpath(folder), os.path.basename(path))
        with open(copy, "w") as f:
            f.write(text)
        tidy.run(copy, source, "--fix")
        with open(copy) as f:
            fixed = f.read()
        lines = fixed.splitlines()
        problems = []
        for e in parse_expectations(fixed):
            if e.kind != "fixed":
                continue
            wanted = [" ".join(part.split()) for part in e.text.split(r"\n")]
            block = lines[e.line - len(wanted):e.line]
            got = [" ".join(re.split(r"//\s*(?:warning|note|fixed)", line)[0].split()) for line in block]
            if got != wanted:
                problems.append(f"{e.line}: after the fix: {' / '.join(got)}\n       instead of: {' / '.join(wanted)}")
        if text == fixed:
            problems.append("0: --fix changes nothing")
        errors = tidy.compiles(copy, source)
        if errors:
            problems.append("0: the fixed file does not compile:\n" + errors)
        still = {m.line for m in tidy.run(copy, source) if m.kind == "warning" and m.file == copy}
        problems += [f"{e.line}: still reported after the fix" for e in parse_expectations(fixed)
                     if e.kind == "fixed" and e.line in still]
        return problems


def verify_text(tidy, text, path, source):
    """`path` holds `text`; `source` is where it comes from."""
    a = tidy.arguments
    messages = tidy.run(path, source)
    if a.header_filter_main_only:
        messages = [m for m in messages if m.file in (path, "")]
    expectations = parse_expectations(text, a.word)
    problems = compare(expectations, messages, path, a.strict_notes, a.word)
    problems += compare_marked(text, messages, path)
    if any(e.kind == "fixed" for e in expectations) and not problems:
        problems += verify_fixes(tidy, text, path, source)
    return problems


def page_blocks(text):
    """(heading, first line, lines, prelude) of each ```cpp block; the prelude as (first line, lines)."""
    blocks, heading, prelude = [], "", (1, [])
    lines = text.splitlines()
    i = 0
    while i < len(lines):
        line = lines[i].strip()
        if line.startswith("## "):
            heading = line[3:].strip()
        elif line.startswith("<!-- prelude:"):
            start = i
            while i < len(lines) and "-->" not in lines[i]:
                i += 1
            body = lines[start:i + 1]
            body[0] = body[0].replace("<!-- prelude:", "", 1)
            body[-1] = body[-1].split("-->")[0]
            prelude = (start + 1, body)
        elif line.startswith("```"):
            start = i + 1
            i = start
            while i < len(lines) and lines[i].strip() != "```":
                i += 1
            language = line[3:].strip()
            if language.split(" ")[0] in ("cpp", "c++"):
                if language != "cpp":
                    raise ValueError(f"{start}: a block of C++ is fenced as ```cpp and nothing else: {line}")
                blocks.append((heading, start + 1, lines[start:i], prelude))
        i += 1
    return blocks


def verify_page(tidy, page):
    with open(page) as f:
        text = f.read()
    problems = []
    try:
        blocks = page_blocks(text)
    except ValueError as e:
        return [str(e)]
    for heading, first, block, (prelude_first, prelude) in blocks:
        # Every line keeps its number, so that messages point into the page.
        out = [""] * (first - 1) + block
        if len(prelude) > 0:
            out[prelude_first - 1:prelude_first - 1 + len(prelude)] = prelude
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.splitext(os.path.basename(page))[0]
            path = os.path.join(os.path.realpath(folder), name + ".cpp")
            source = "\n".join(out) + "\n"
            with open(path, "w") as f:
                f.write(source)
            problems += verify_text(tidy, source, path, page)
            speaks = any(e.kind == "warning" for e in parse_expectations(source, tidy.arguments.word))
            if heading == "Bad" and not speaks:
                problems.append(f"{first}: a block under \"Bad\" has no warning")
            if heading == "Good" and speaks:
                problems.append(f"{first}: a block under \"Good\" has a warning")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("checks", help="as after --checks=-*,")
    parser.add_argument("--module", help="the module to load")
    parser.add_argument("--tidy", default="clang-tidy-22")
    parser.add_argument("--cxx", default="clang++-22", help="compiles the fixed file")
    parser.add_argument("--option", "-o", action="append", default=[], metavar="CHECK.NAME=VALUE")
    parser.add_argument("--config", metavar="FILE", help="a .clang-tidy to use")
    parser.add_argument("--word", default="warning", help="what a comment about a warning says (op, state, ...)")
    parser.add_argument("--strict-notes", action="store_true")
    parser.add_argument("--header-filter-main-only", action="store_true", help="leave out what is said of headers")
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("--show", action="store_true", help="print the command and its output")
    argv = sys.argv[1:]
    split = argv.index("--") if "--" in argv else len(argv)
    arguments = parser.parse_intermixed_args(argv[:split])
    arguments.flags = argv[split + 1:]
    if not shutil.which(arguments.tidy):
        sys.exit(f"verify: {arguments.tidy} is not installed")
    tidy = Tidy(arguments)
    path = os.path.realpath(arguments.file)
    if path.endswith(".md"):
        problems = verify_page(tidy, path)
    else:
        with open(path) as f:
            text = f.read()
        problems = verify_text(tidy, text, path, path)
    for problem in problems:
        print(f"{os.path.relpath(path, REPOSITORY)}:{problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
