#!/usr/bin/env bash
# A gate for CI: are the new runs worse than those of before?
#
#   examples/gate/gate.sh NEW BASELINE [MARGIN] [FOLDER]
#
# NEW and BASELINE: runs of one algorithm, as a folder of logs, or as a study or run that jaxviz saved. MARGIN: the
# shortfall of the mean over tasks that may pass, in units of the score. FOLDER gets new.npz, the next baseline once the
# change is merged, and verdict.md, which is also added to the summary of a GitHub job.
# Exit code: 0 not worse, 1 worse, 2 the runs cannot be used, 3 undecided (more seeds would tell).
set -euo pipefail
new=$1 baseline=$2 margin=${3:-0.1} folder=${4:-gate}
# Later calls find what the first one compiled, if CI keeps this folder between jobs.
export JAX_COMPILATION_CACHE_DIR=${JAX_COMPILATION_CACHE_DIR:-$folder/compiled}
export JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0

mkdir -p "$folder"
jaxviz import "$new" -o "$folder/new.npz"
code=0
jaxviz compare "new=$folder/new.npz" --baseline "main=$baseline" --margin "$margin" --estimator mean \
  --fail-if worse -o "$folder/verdict.md" || code=$?
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ "$code" != 2 ]; then
  cat "$folder/verdict.md" >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
