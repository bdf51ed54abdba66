"""Everything, for programs and for `heddle merge`."""
import json


def render(report):
    return json.dumps(report.save(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
