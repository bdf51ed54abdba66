#!/bin/sh
# Lints one translation unit: what Ninja or another executor runs for each edge of the graph (graph.py).
#
#   unit.sh RESULT NAMES FOLDER COMMAND...
#
# Runs COMMAND, a clang-tidy, in FOLDER. NAMES is the sed script that makes what the compiler read absolute, and
# writes RESULT.d. RESULT, the status of clang-tidy, comes to be when the unit was analysed, even if it does not parse;
# beside it
#   RESULT.yaml     what clang-tidy exports, where there is something
#   RESULT.reports  what the module reports, what NOLINT hides included
#   RESULT.log      what was printed
#   RESULT.deps     what was read, absolute; RESULT.d is Ninja's copy
#   RESULT.failed   instead of RESULT: the status of a clang-tidy that died, and Ninja tries again the next time
# A RESULT.keep says that the contents are as they were: only the time stamp is new.
result=$1 names=$2 folder=$3
shift 3
if [ -e "$result.keep" ]; then
  rm "$result.keep" && cp "$result.deps" "$result.d" && exec touch "$result"
fi
# Each process that is started here costs as much as a hundredth of a small unit.
[ -e "$result.log" ] &&
  rm -f "$result" "$result.yaml" "$result.reports" "$result.failed" "$result.key" "$result.json" "$result.raw"

# -Wp,: clang-tidy strips -MD itself from a command. The limit may not move clang-tidy out of Ninja's process group.
run() {
  timeout --foreground -s KILL "${HEDDLE_TIME_LIMIT:-0}" "$@" "--extra-arg=-Wp,-MD,$result.raw" </dev/null 2>&1
}
fail() {
  echo "$1" >"$result.failed"
  exit 1
}
cd "$folder" 2>"$result.log" || fail 1
HEDDLE_REPORTS=$result.reports run "$@" "--export-fixes=$result.yaml" >"$result.log"
status=$?
# When a header is missing, Clang says what it read only if that is no error; the missing one is named, too.
[ $status = 1 ] && [ ! -e "$result.raw" ] && run "$@" --extra-arg=-Wp,-MG >/dev/null
[ $status -le 1 ] && [ -e "$result.raw" ] || fail $status
sed -f "$names" "$result.raw" >"$result.deps" && rm "$result.raw" && echo $status >"$result"
