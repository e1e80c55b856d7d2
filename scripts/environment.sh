# Makes .venv from a hashed lock. Sourced by ./run, ./test, ./check, ./bench, ./faults and
# scripts/pythons.sh, at the root of the project; POSIX sh. Does not install system packages and does
# not touch anything outside $environment.

environment=.venv # its folder; scripts/pythons.sh makes one for each Python

# _words ENGLISH CHINESE: the sentence in the reader's language, as special-channel chooses it.
_words() {
    case ${SPECIAL_CHANNEL_LANG:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}} in
    [zZ][hH]*) printf '%s\n' "$2" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# A lock is installed when its copy inside $environment is the same, byte for byte, and was put there
# for this folder: a clone that was moved or copied is installed again.
_installed() {
    [ -x "$environment/bin/python" ] &&
        { printf '# %s\n' "$PWD"; cat "$1"; } | cmp -s - "$environment/$1.installed"
}

# _contained LOCK: the locks whose packages are all in this one.
_contained() {
    case $1 in
    requirements-test.lock) echo requirements.lock requirements-demo.lock requirements-test.lock ;;
    requirements-demo.lock) echo requirements.lock requirements-demo.lock ;;
    *) echo "$1" ;;
    esac
}

_fits() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
        >/dev/null 2>&1
}

_find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        if _fits "$candidate"; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# Reads pip's output; shows one line that counts, and all of it if pip fails.
_count_packages() {
    total=$1 log=$2 count=0 status=1
    while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case $line in
        Collecting\ *)
            count=$((count + 1)) name=${line#Collecting } name=${name%%[=<> ]*}
            [ ! -t 1 ] || printf '\r      %s/%s %-40s' "$count" "$total" "$name"
            ;;
        Installing\ collected*)
            [ ! -t 1 ] || printf '\r      %-50s' "$(_words 'unpacking …' '正在解包 …')"
            ;;
        'pip ended '*) status=${line#pip ended } ;;
        esac
    done
    [ ! -t 1 ] || printf '\r%-60s\r' ''
    [ "$status" -eq 0 ] || cat "$log" >&2
    return "$status"
}

_install() {
    lock=$1
    if ! [ -x "$environment/bin/python" ] || ! _fits "$environment/bin/python"; then
        python=$(_find_python) || {
            _words 'No Python 3.11, 3.12 or 3.13 with its venv module was found.' \
                '未找到带venv模块的Python 3.11、3.12或3.13。' >&2
            _words 'On Debian or Ubuntu: apt-get install --no-install-recommends python3-venv' \
                'Debian或Ubuntu：apt-get install --no-install-recommends python3-venv' >&2
            return 1
        }
        version=$("$python" --version 2>&1)
        _words "[1/2] making $environment with $version" "[1/2] 正在用 $version 建立 $environment"
        "$python" -m venv --clear "$environment" || return 1
    fi
    total=$(grep -c '^[a-z].*==' "$lock")
    _words "[2/2] installing up to $total packages from $lock, each checked against its hash" \
        "[2/2] 正在按 $lock 安装软件包（最多$total个），逐一核对杂凑值"
    : >"$environment/install.log"
    rm -f "$environment"/*.installed
    {
        "$environment/bin/python" -m pip install --disable-pip-version-check --no-input --no-deps \
            --require-hashes --progress-bar off -r "$lock" 2>&1
        echo "pip ended $?"
    } | _count_packages "$total" "$environment/install.log" || return 1

    _finish "$lock"
}

# _finish LOCK: puts the project into $environment and marks it as holding LOCK. The project itself
# needs no build: a path file and a two-line command.
_finish() {
    site=$("$environment/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))') ||
        return 1
    printf '%s\n' "$PWD/src" >"$site/special_channel.pth"
    printf '#!/bin/sh\nexec "%s" -m special_channel "$@"\n' "$PWD/$environment/bin/python" \
        >"$environment/bin/special-channel"
    chmod +x "$environment/bin/special-channel"
    for each in $(_contained "$1"); do
        { printf '# %s\n' "$PWD"; cat "$each"; } >"$environment/$each.installed"
    done
}

# need_environment LOCK: returns once $environment holds what LOCK names.
need_environment() {
    _installed "$1" && return 0
    if command -v flock >/dev/null 2>&1; then # two commands started at once share one folder
        exec 9<"$1"
        flock 9
        _installed "$1" || _install "$1" || return 1
        exec 9>&-
    else
        _install "$1"
    fi
}

# Folders of throw-away servers stand in memory where there is room: making and removing clusters
# on a disk is a third of a test's time. What tests kill is processes, never the power.
temporary_in_memory() {
    [ -z "${TMPDIR:-}" ] || return 0
    room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${room:-0}" -ge 4194304 ] && [ -w /dev/shm ]; then
        export TMPDIR=/dev/shm
    fi
}
