#!/bin/sh
# Starts the demonstration and posts one note on each Python that the project promises and this
# machine has. Names each one; fails without the oldest, which is the only one of Debian 12.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh

oldest=3.11
promised="$oldest 3.12 3.13"

# A shim of pyenv can exist without a Python behind it, and Debian's needs its venv package: each
# is run before it counts.
_is() {
    "$2" -c "import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$1')" \
        >/dev/null 2>&1
}

_find() {
    for each in "python$1" python3 python "/usr/bin/python$1" "/usr/local/bin/python$1" \
        "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}/versions/$1".*/bin/python; do
        if _is "$1" "$each"; then
            echo "$each"
            return 0
        fi
    done
    return 1
}

failed=
for version in $promised; do
    if ! PYTHON=$(_find "$version"); then
        echo "Python $version: not found"
        [ "$version" != "$oldest" ] || failed="$failed $version"
        continue
    fi
    # .venv has one Python; the others get an environment each, used again with the same lock.
    environment=.venv-$version
    ! _is "$version" .venv/bin/python || environment=.venv
    need_environment requirements-demo.lock
    "$environment/bin/python" -m scripts.post_one_note || failed="$failed $version"
done
[ -z "$failed" ] || echo "Python without a note:$failed" >&2
[ -z "$failed" ]
