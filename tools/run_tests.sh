#!/usr/bin/env bash
# Checks everything that is checked: format, rules of the sources, module graph, warnings, tests.
# Extra arguments go to `swift test`, for example: tools/run_tests.sh --filter CheckpointsTests
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools/setup.sh

echo '== format'
swift format lint --strict --parallel --recursive Package.swift Sources Tests
tools/dev/check_sources.py

# Optimised, as users run it: networks on small pictures take minutes otherwise. A folder of its
# own keeps these objects, built for @testable, apart from the program's.
options=(
  --configuration release
  --scratch-path .build-tests
  --explicit-target-dependency-import-check error
  -Xswiftc -enable-testing
)
echo '== build'
swift build --build-tests "${options[@]}"

# What differs with the number of threads is tested with one, two and three; the rest once.
quick='^(KernelsTests|TensorsTests|NNTests)\.'
folder=$(mktemp --directory)
trap 'rm -rf "$folder"' EXIT
failures=()
run() {
  local name=$1
  shift
  echo "== test $name"
  # Files that tests share live as long as the run.
  mkdir "$folder/$name"
  TMPDIR="$folder/$name" swift test --skip-build "${options[@]}" "$@" \
    2>&1 | tee "$folder/$name.log" || failures+=("$name")
}
if [[ $# -gt 0 ]]; then
  run chosen "$@"
else
  run all
  for threads in 1 2 3; do
    OMP_NUM_THREADS=$threads run "threads-$threads" --filter "$quick"
  done
fi

# One line each, with the reason where there is one.
echo '== skipped'
sed -nE 's/^[^ ]+ ((Test|Suite) .*) skipped(: |\.)/\1: /p' "$folder"/*.log | sed 's/: $//' | sort -u
if [[ ${#failures[@]} -gt 0 ]]; then
  echo "== failed: ${failures[*]}"
  exit 1
fi
