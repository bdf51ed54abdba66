#!/usr/bin/env python3
"""Adds up the results of lit (*.json) and ctest (*.xml) in a folder; the last line is `N passed, N failed`."""
import glob
import json
import os
import sys
import xml.etree.ElementTree

GOOD, SKIPPED = {"PASS", "XFAIL", "FLAKYPASS"}, {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def main():
    passed, skipped, failed = 0, [], []
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.json"))):
        with open(path) as f:
            for test in json.load(f)["tests"]:
                if test["code"] in GOOD:
                    passed += 1
                else:
                    (skipped if test["code"] in SKIPPED else failed).append(test["name"])
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.xml"))):
        tests = list(xml.etree.ElementTree.parse(path).iter("testcase"))
        if not tests:  # built without them
            failed.append(f"{os.path.basename(path)}: no tests")
        for test in tests:
            status = test.get("status")
            if status == "run":
                passed += 1
            else:
                (skipped if status in ("disabled", "notrun") and test.find("failure") is None
                 else failed).append(test.get("name"))
    for name in skipped:
        print(f"skipped: {name}")
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
