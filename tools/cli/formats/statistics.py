"""How often each check reported, and what of it is hidden."""
import collections


def render(report):
    total, lines = collections.Counter(), ["findings  NOLINT  baseline  tier  check"]

    def line(by, name):
        lines.append(f"{by['']:8}  {by['nolint']:6}  {by['baseline']:8}  {name}")
    for check, by in report.counts().items():
        line(by, f"{report.tier(check):4}  {check}{' (preview)' * report.preview(check)}")
        total.update(by)
    line(total, "      total")
    return "\n".join(lines) + "\n"
