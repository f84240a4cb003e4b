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

echo '== test'
# Files that tests share live as long as the run.
TMPDIR=$(mktemp --directory)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
swift test --skip-build "${options[@]}" "$@"
