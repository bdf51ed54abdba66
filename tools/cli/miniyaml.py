"""Reads the part of YAML that people write in .heddle.yaml and that LLVM writes: block mappings and sequences, flow
sequences and mappings on one line, plain and quoted scalars, comments. Scalars stay strings."""
import re


class Error(ValueError):
    """What is wrong; `line` counts from 1."""

    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "v": "\v",
           "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029"}
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.S)
KEY = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s'"\[\]{}#,&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?=\s|$)""", re.S)


def unescape(match):
    code = match[1]
    return chr(int(code[1:], 16)) if code[0] in "xuU" and len(code) > 1 else ESCAPES.get(code, code)


def quoted_end(text, start):
    """The position after the quoted scalar that begins at `start`, or -1 when it does not end."""
    if text[start] == "'":
        m = re.compile(r"'(?:''|[^'])*'").match(text, start)
    else:
        m = re.compile(r'"(?:\\.|[^"\\])*"', re.S).match(text, start)
    return m.end() if m else -1


def without_comment(text):
    """The text without a comment, and whether a quoted scalar in it is still open."""
    i = 0
    while i < len(text):
        if text[i] in "'\"" and (i == 0 or text[i - 1] in " \t[{,:-"):
            end = quoted_end(text, i)
            if end < 0:
                return text, True
            i = end
        elif text[i] == "#" and (i == 0 or text[i - 1] in " \t"):
            return text[:i], False
        else:
            i += 1
    return text, False


def scalar(text, line):
    text = text.strip()
    if text[:1] in ("'", '"'):
        if quoted_end(text, 0) != len(text):
            raise Error(line, f"a quote does not end: {text}")
        # Line breaks inside quotes stay as they are, unfolded; LLVM escapes those that it means.
        return text[1:-1].replace("''", "'") if text[0] == "'" else ESCAPE.sub(unescape, text[1:-1])
    return "" if text in ("~", "null") else text


def flow(text, position, line):
    """The flow sequence, flow mapping or scalar at `position`, and the position after it."""
    while position < len(text) and text[position] in " \t\n":
        position += 1
    if position < len(text) and text[position] in "[{":
        opening = text[position]
        closing = "]" if opening == "[" else "}"
        items, position = [], position + 1
        while True:
            while position < len(text) and text[position] in " \t\n,":
                position += 1
            if position >= len(text):
                raise Error(line, f"'{opening}' is not closed")
            if text[position] == closing:
                break
            value, position = flow(text, position, line)
            if opening == "{":
                while position < len(text) and text[position] in " \t\n":
                    position += 1
                if position >= len(text) or text[position] != ":":
                    raise Error(line, "a mapping needs ':'")
                key = value
                value, position = flow(text, position + 1, line)
                value = (key, value)
            items.append(value)
        return (items if opening == "[" else dict(items)), position + 1
    if position < len(text) and text[position] in "'\"":
        end = quoted_end(text, position)
        if end < 0:
            raise Error(line, "a quote does not end")
        return scalar(text[position:end], line), end
    m = re.compile(r"(?:[^,\[\]{}:]|:(?! ))*").match(text, position)
    return scalar(m[0], line), m.end()


def value_of(text, line):
    text = text.strip()
    if text[:1] in ("[", "{"):
        value, end = flow(text, 0, line)
        if text[end:].strip():
            raise Error(line, f"more than one value: {text}")
        return value
    if text[:1] in ("&", "*", "!", "%", "@", "`"):
        raise Error(line, f"this part of YAML is not understood: {text}")
    return scalar(text, line)


class Reader:
    def __init__(self, text):
        self.lines = []  # [indent, content, number]
        pending = None
        for number, raw in enumerate(text.split("\n"), 1):
            if pending:
                pending[1] += "\n" + raw
            elif not raw.strip() or raw.lstrip().startswith("#") or raw.rstrip() in ("---", "..."):
                continue
            else:
                if raw[:len(raw) - len(raw.lstrip())].count("\t"):
                    raise Error(number, "a tab indents this line; YAML wants spaces")
                pending = [len(raw) - len(raw.lstrip(" ")), raw.strip(), number]
            stripped, open_quote = without_comment(pending[1])
            if not open_quote:
                pending[1] = stripped.rstrip()
                self.lines.append(pending)
                pending = None
        if pending:
            raise Error(pending[2], "a quote does not end")
        self.at = 0

    def block(self, indent):
        line = self.lines[self.at]
        if line[1] == "-" or line[1].startswith("- "):
            return self.sequence(line[0])
        if KEY.match(line[1]):
            return self.mapping(line[0])
        self.at += 1
        return value_of(line[1], line[2])

    def sequence(self, indent):
        items = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line[0] != indent or not (line[1] == "-" or line[1].startswith("- ")):
                break
            rest = line[1][1:].lstrip()
            if rest:
                self.lines[self.at] = [indent + len(line[1]) - len(rest), rest, line[2]]
                items.append(self.block(indent + 1))
            else:
                self.at += 1
                items.append(self.nested(indent))
        return items

    def mapping(self, indent):
        found = {}
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line[0] < indent or (line[0] == indent and (line[1] == "-" or line[1].startswith("- "))):
                break
            key = KEY.match(line[1])
            if line[0] != indent or not key:
                raise Error(line[2], f"expected 'key: value' here: {line[1]}")
            name, rest = scalar(key[1], line[2]), line[1][key.end():].strip()
            self.at += 1
            if rest in ("|", ">", "|-", ">-"):
                parts = []
                while self.at < len(self.lines) and self.lines[self.at][0] > indent:
                    parts.append(self.lines[self.at][1])
                    self.at += 1
                found[name] = ("\n" if rest[0] == "|" else " ").join(parts)
            else:
                found[name] = value_of(rest, line[2]) if rest else self.nested(indent, in_mapping=True)
        return found

    def nested(self, indent, in_mapping=False):
        if self.at < len(self.lines):
            line = self.lines[self.at]
            if line[0] > indent or (in_mapping and line[0] == indent and line[1].startswith("-")):
                return self.block(line[0])
        return ""


def parse(text):
    """What the text means: dicts, lists and strings; {} for nothing. Raises Error."""
    reader = Reader(text)
    if not reader.lines:
        return {}
    value = reader.block(0)
    if reader.at < len(reader.lines):
        line = reader.lines[reader.at]
        raise Error(line[2], f"does not belong here: {line[1]}")
    return value


def key_lines(text):
    """The line of each key at the top level, for messages."""
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        m = KEY.match(line)
        if m and not line.startswith((" ", "#")):
            found.setdefault(scalar(m[1], number), number)
    return found
