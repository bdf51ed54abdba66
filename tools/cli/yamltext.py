"""YAML as .heddle.yaml and LLVM write it, with every scalar as a string; by PyYAML."""


class Error(ValueError):
    """What is wrong; `line` counts from 1."""

    def __init__(self, line, text):
        super().__init__(text)
        self.line = line


def _load(function, text):
    import yaml
    try:
        return getattr(yaml, function)(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError as e:
        mark = getattr(e, "problem_mark", None)
        raise Error(mark.line + 1 if mark else 1, getattr(e, "problem", None) or str(e))


def parse(text):
    """Dicts, lists and strings; {} for an empty document. Raises Error."""
    value = _load("load", text)
    return {} if value is None else value


def key_lines(text):
    """The line of each key of a document that is a mapping, or empty. Raises Error."""
    node = _load("compose", text)
    return {key.value: key.start_mark.line + 1 for key, _ in node.value} if node else {}
