#!/usr/bin/env bash
# Passes a build on, and fails where the function was left out of it.
set -euo pipefail

build=$(cat)
if ! grep -q '^    overrides.dev/generated-for: ' <<<"$build"; then
    echo 'check.sh: nothing was generated. Without --enable-exec kustomize skips the function without a word.' >&2
    exit 1
fi
printf '%s\n' "$build"
