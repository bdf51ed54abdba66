#!/bin/sh
# Lints one translation unit: what Ninja or another executor runs for each edge of the graph (graph.py).
#
#   unit.sh RESULT NAMES FOLDER COMMAND...
#
# Runs COMMAND, a clang-tidy, in FOLDER. NAMES is the sed script that makes what the compiler read absolute, and
# writes RESULT.d. RESULT comes to be when the unit was analysed; beside it
#   RESULT.yaml     what clang-tidy exports, where there is something
#   RESULT.reports  what the module reports, what NOLINT hides included
#   RESULT.log      what was printed
#   RESULT.deps     what was read, absolute; RESULT.d is Ninja's copy
#   RESULT.failed   instead of RESULT: the status of a clang-tidy that failed, and Ninja tries again the next time
# A RESULT.keep says that the contents are as they were: only the time stamp is new.
result=$1 names=$2 folder=$3
shift 3
if [ -e "$result.keep" ]; then
  rm "$result.keep" && cp "$result.deps" "$result.d" && exec touch "$result"
fi
# Each process that is started here costs as much as a hundredth of a small unit.
[ -e "$result.log" ] && rm -f "$result" "$result.yaml" "$result.reports" "$result.failed" "$result.key"
cd "$folder" 2>"$result.log" &&
  # -Wp,: clang-tidy strips -MD itself from a command. The limit may not move clang-tidy out of Ninja's process group.
  HEDDLE_REPORTS=$result.reports timeout --foreground -s KILL "${HEDDLE_TIME_LIMIT:-0}" "$@" \
    "--export-fixes=$result.yaml" "--extra-arg=-Wp,-MD,$result.raw" >"$result.log" 2>&1 </dev/null
status=$?
if [ $status = 0 ]; then
  sed -f "$names" "$result.raw" >"$result.deps" && rm "$result.raw" && : >"$result"
else
  echo $status >"$result.failed"
  exit 1
fi
