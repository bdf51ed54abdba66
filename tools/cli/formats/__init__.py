"""One module a format, each with render(report) -> text."""
NAMES = ["text", "sarif", "github", "gitlab", "json", "html"]


def render(name, report):
    from importlib import import_module
    return import_module("cli.formats." + name).render(report)
