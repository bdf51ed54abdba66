"""The Markdown that the pages of the checks use, for a terminal and for HTML."""
import html
import re

KEYWORDS = ("alignas auto bool break case catch char class co_await co_return co_yield const constexpr continue default "
            "delete do double else enum explicit extern false final float for friend if inline int long mutable "
            "namespace new noexcept nullptr operator override private protected public return short signed sizeof "
            "static struct switch template this throw true try typedef typename union unsigned using virtual void "
            "volatile while").split()
TOKEN = re.compile(r"(?P<c>//[^\n]*|/\*.*?\*/)|(?P<s>\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])+')|(?P<p>^\s*#\s*\w+)|"
                   r"(?P<k>\b(?:" + "|".join(KEYWORDS) + r")\b)", re.S | re.M)


def code(text):
    """C++ as HTML, with what is a comment, a string, a keyword or a directive marked."""
    out, last = [], 0
    for m in TOKEN.finditer(text):
        out += [html.escape(text[last:m.start()], quote=False), f"<i class={m.lastgroup}>", html.escape(m[0], quote=False),
                "</i>"]
        last = m.end()
    return "".join(out) + html.escape(text[last:], quote=False)


def blocks(text):
    """(kind, content): "#", "##" …, "code", "list" (items) or "text"."""
    lines, i = text.split("\n"), 0
    while i < len(lines):
        line = lines[i]
        if line.startswith("```"):
            end = next((j for j in range(i + 1, len(lines)) if lines[j].startswith("```")), len(lines))
            yield "code", "\n".join(lines[i + 1:end])
            i = end + 1
        elif re.match(r"#+ ", line):
            marks, rest = line.split(" ", 1)
            yield marks, rest
            i += 1
        elif re.match(r"[-*] ", line):
            items = []
            while i < len(lines) and lines[i].strip():
                if re.match(r"[-*] ", lines[i]):
                    items.append(lines[i][2:])
                elif items:
                    items[-1] += " " + lines[i].strip()
                i += 1
            yield "list", items
        elif line.strip():
            start = i
            while i < len(lines) and lines[i].strip() and not lines[i].startswith(("```", "#")):
                i += 1
            yield "text", " ".join(x.strip() for x in lines[start:i])
        else:
            i += 1


def inline(text, paint):
    """`paint(kind, text)` says how code, strong and plain text look."""
    out = []
    for part in re.split(r"(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))", text):
        if part.startswith("`") and part.endswith("`") and len(part) > 2:
            out.append(paint("code", part[1:-1]))
        elif part.startswith("**"):
            out.append(paint("strong", part[2:-2]))
        elif re.fullmatch(r"\[[^\]]+\]\([^)]+\)", part):
            out.append(paint("strong", part[1:part.index("]")]))
        else:
            out.append(paint("", part))
    return "".join(out)


def to_html(text):
    def paint(kind, part):
        part = html.escape(part, quote=False)
        return f"<{kind}>{part}</{kind}>" if kind else part

    out = []
    for kind, content in blocks(text):
        if kind == "code":
            out.append(f"<pre>{code(content)}</pre>")
        elif kind == "list":
            out.append("<ul>" + "".join(f"<li>{inline(i, paint)}</li>" for i in content) + "</ul>")
        elif kind == "text":
            out.append(f"<p>{inline(content, paint)}</p>")
        else:
            level = min(len(kind) + 2, 6)
            out.append(f"<h{level}>{inline(content, paint)}</h{level}>")
    return "\n".join(out)


def to_terminal(text, colour):
    """The page as it is, with emphasis where a terminal can show it."""
    if not colour:
        return text
    out, fenced = [], False
    for line in text.split("\n"):
        if line.startswith("```"):
            fenced = not fenced
            continue
        if fenced:
            line = re.sub(r"(//.*)$", "\033[32m\\1\033[0m", line)
            out.append("    " + line)
        elif line.startswith("#"):
            out.append("\033[1m" + line.lstrip("# ") + "\033[0m")
        else:
            style = {"code": "\033[36m", "strong": "\033[1m"}
            out.append(inline(line, lambda kind, part: style[kind] + part + "\033[0m" if kind else part))
    return "\n".join(out)
