#!/usr/bin/env bash
# What the compiler does not say: includes against the rooms' arrows, formatting, and (with --tidy) clang-tidy.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
python3 tools/check_includes.py || status=1
python3 tools/check_asvs.py || status=1
if command -v clang-format-19 >/dev/null; then
  git ls-files '*.h' '*.cc' | xargs clang-format-19 --dry-run -Werror 2>&1 | head -50 || status=1
fi
if [ "${1:-}" = --tidy ]; then
  git ls-files 'src/*.cc' | grep -v _test.cc | xargs -n 8 -P 2 clang-tidy-19 -p build/release --quiet || status=1
fi
exit $status
