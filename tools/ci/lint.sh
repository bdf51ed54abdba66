#!/bin/sh
# What every CI runs: lints what a change concerns, or everything where there is no change to compare with, and writes
# the reports that the forge shows. Ends as `heddle lint` does: 0 clean, 1 findings, 2 something was not analysed.
#
#   HEDDLE        the command (default: heddle)
#   HEDDLE_ARGS   more options and paths for `heddle lint`, split at spaces
#   HEDDLE_BASE   the revision to compare with; else the target of the pull or merge request, by the forge's variables
#   HEDDLE_OUT    the folder for the reports (default: heddle-reports)
set -u
heddle=${HEDDLE:-heddle}
out=${HEDDLE_OUT:-heddle-reports}
mkdir -p "$out" || exit 2

base=${HEDDLE_BASE:-}
if [ -z "$base" ] && [ -n "${GITHUB_BASE_REF:-}" ]; then
  base=$(git merge-base "origin/$GITHUB_BASE_REF" HEAD) || {
    echo "heddle: no common commit with origin/$GITHUB_BASE_REF: check out with fetch-depth: 0" >&2
    exit 2
  }
elif [ -z "$base" ] && [ -n "${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}" ]; then
  base=$CI_MERGE_REQUEST_DIFF_BASE_SHA
elif [ -z "$base" ] && [ -n "${CHANGE_TARGET:-}" ]; then # Jenkins
  base=$(git merge-base "origin/$CHANGE_TARGET" HEAD) || exit 2
fi

set -- --sarif "$out/heddle.sarif" --html "$out/heddle.html" --json "$out/heddle.json"
[ -n "${GITLAB_CI:-}" ] && set -- "$@" --gitlab "$out/gl-code-quality-report.json"
# In GitHub's log the annotations take the place of the text.
[ -n "${GITHUB_ACTIONS:-}" ] && set -- "$@" --format github --text "$out/heddle.txt"
[ -n "$base" ] && set -- "$@" --diff "$base"
# shellcheck disable=SC2086 # split on purpose
exec $heddle lint "$@" ${HEDDLE_ARGS:-.}
