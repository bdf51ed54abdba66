"""The story of a finding: its notes and the finding itself, in the order in which they happen."""
import collections

# place: a note or the finding; number: from 1; final: whether it is the place that is reported.
Step = collections.namedtuple("Step", "number place message final")
REPORTED = "reported here"


def steps(finding):
    """All steps of the story. What the module calls later (the last `later` notes) follows the place reported."""
    notes = [n for n in finding["notes"] if n["file"]]
    at = max(0, len(notes) - finding.get("later", 0))
    told = [(n, n["message"], False) for n in notes]
    told.insert(at, (finding, REPORTED, True))
    return [Step(i, *step) for i, step in enumerate(told, 1)]


def lines(finding):
    """The steps below a message that stands at the place reported: that place itself only where more follows it."""
    found = steps(finding)
    return found if not found[-1].final else found[:-1]
