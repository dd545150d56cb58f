#!/bin/sh
# Make .venv with the locked packages and Etasu itself, from any Python 3.11 or newer.
set -eu
cd "$(dirname "$0")/.."

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

# Compiled without optimizations, Python takes a fifth longer over everything.
is_quick() {
    "$1" -c '
import ensurepip, sys, sysconfig
sys.exit("--enable-optimizations" not in (sysconfig.get_config_var("CONFIG_ARGS") or ""))
' 2>/dev/null
}

find_python() {
    if [ -n "${PYTHON:-}" ] && is_new_enough "$PYTHON"; then
        echo "$PYTHON"
        return
    fi
    slow=
    for name in python3.11 /usr/bin/python3.11 python3.12 python3.13 python3 /usr/bin/python3; do
        if is_new_enough "$name"; then
            if is_quick "$name"; then
                echo "$name"
                return
            fi
            slow=${slow:-$name}
        fi
    done
    if [ -z "$slow" ]; then
        echo "Etasu needs Python 3.11 or newer. Install it, or say which: make PYTHON=/path/to/python3" >&2
        exit 1
    fi
    echo "$slow"
}

install_venv_module() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "This Python cannot make virtual environments. On Debian or Ubuntu:" >&2
        echo "    sudo apt-get install python3-venv" >&2
        exit 1
    fi
    tools/debian.sh python3-venv
}

python=$(find_python)
if ! "$python" -m venv .venv >/dev/null 2>&1; then
    rm -rf .venv
    install_venv_module
    "$python" -m venv .venv
fi
export PIP_DISABLE_PIP_VERSION_CHECK=1
.venv/bin/python -m pip install --quiet --quiet --no-compile --require-hashes \
    --requirement requirements/dev.txt
# On all cores, which pip does on one; what does not compile is for another Python, and never read.
.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
.venv/bin/python -m pip install --quiet --quiet --no-deps --no-build-isolation --editable .
touch .venv/installed
