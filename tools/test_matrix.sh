#!/usr/bin/env bash
# Runs the numeric suites with 1 to 4 threads and each set of instructions, and the other suites
# once; prints a table. Fixtures and tolerances must hold in every cell.
#
#     tools/test_matrix.sh                          # all cells, an hour on two cores
#     THREADS='2 3' INSTRUCTIONS=AVX2 tools/test_matrix.sh
#     SUITES='ZooTests NNTests' OTHERS=no tools/test_matrix.sh
#     RUN_WITH='nice -n 19' tools/test_matrix.sh    # a command that each cell runs under
#
# Instructions are names that oneDNN knows (DNNL_MAX_CPU_ISA), which the package's own kernels obey
# too; `native` is all that the processor has. What a processor lacks, it does not run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

read -ra threads <<< "${THREADS:-1 2 3 4}"
read -ra instructions <<< "${INSTRUCTIONS:-SSE41 AVX2 native}"
read -ra suites <<< "${SUITES:-KernelsTests TensorsTests NNTests ZooTests SearchSpacesTests \
  AlgorithmsTests TrainingTests}"
read -ra run_with <<< "${RUN_WITH:-}"
logs=${LOGS:-$(mktemp --directory)}
mkdir -p "$logs"

options=(
  --configuration release
  --scratch-path .build-tests
  --explicit-target-dependency-import-check error
  -Xswiftc -enable-testing
)
if [[ ${BUILD:-yes} == yes ]]; then
  "${run_with[@]}" swift build --build-tests "${options[@]}"
fi

pattern="^($(IFS='|'; echo "${suites[*]}"))\\."

# Runs what the arguments after the name choose; prints its outcome in a few words.
cell() {
  local name=$1 outcome=0
  shift
  mkdir -p "$logs/$name"
  TMPDIR="$logs/$name" "${run_with[@]}" swift test --skip-build "${options[@]}" "$@" \
    > "$logs/$name.log" 2>&1 || outcome=$?
  rm -rf "${logs:?}/$name"
  local tests
  tests=$(sed -nE 's/.*Test run with ([0-9]+) tests? .*/\1/p' "$logs/$name.log" | tail -n 1)
  # A run without tests would pass as well.
  if [[ $outcome == 0 && ${tests:-0} -gt 0 ]]; then
    echo "$tests passed"
  else
    echo 'FAILED'
    return 1
  fi
}

failed=()
printf '| threads |'
printf ' %s |' "${instructions[@]}"
printf '\n|---|'
printf -- '---|%.0s' "${instructions[@]}"
printf '\n'
for count in "${threads[@]}"; do
  printf '| %s |' "$count"
  for set in "${instructions[@]}"; do
    name="$set-$count"
    export OMP_NUM_THREADS=$count
    if [[ $set == native ]]; then unset DNNL_MAX_CPU_ISA; else export DNNL_MAX_CPU_ISA=$set; fi
    result=$(cell "$name" --filter "$pattern") || failed+=("$name")
    printf ' %s |' "$result"
  done
  printf '\n'
done
unset OMP_NUM_THREADS DNNL_MAX_CPU_ISA
if [[ ${OTHERS:-yes} == yes ]]; then
  result=$(cell others --skip "$pattern") || failed+=(others)
  echo "other suites, once: $result"
fi
for name in "${failed[@]}"; do
  printf '\n== %s\n' "$name"
  grep -E '^✘' "$logs/$name.log" || tail -n 20 "$logs/$name.log"
done
echo "logs: $logs"
[[ ${#failed[@]} == 0 ]]
