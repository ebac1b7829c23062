#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sets up what `make run` and `make test` need: system packages (Debian, Ubuntu) and the development tools.
# Idempotent and quiet. Package names are looked up in the archive, not guessed from the release.
# With --system only the packages are installed, nothing is written here: for an administrator.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build="$root/build"
[ "${1:-}" = --system ] || mkdir -p "$build"
stamp="$build/setup.stamp"
want=$(cat "$root/tools/setup.sh" "$root"/tools/requirements-*.txt "$root/tools/vendor.py" | sha256sum | cut -d' ' -f1)

say() { printf '%s\n' "$*" >&2; }

qgis_python() { # the Python that imports qgis.core; the first python3 on the path may not
    local candidate
    for candidate in "${QGIS_PYTHON:-}" /usr/bin/python3 $(type -ap python3 2>/dev/null); do
        [ -n "$candidate" ] && [ -x "$candidate" ] || continue
        if QT_QPA_PLATFORM=offscreen "$candidate" -c 'import qgis.core' >/dev/null 2>&1; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

qgis_runner() { # a qgis_process that works: Debian 12's wrapper passes an option that the program refuses
    local candidate
    for candidate in qgis_process qgis_process.bin; do
        candidate=$(type -P "$candidate") || continue
        if QT_QPA_PLATFORM=offscreen HOME="$build" "$candidate" --version 2>/dev/null | grep -q '^QGIS'; then
            printf '%s\n' "$candidate"
            return 0
        fi
    done
    return 1
}

if [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "$want" ] && [ -x "$build/venv/bin/python" ] \
    && [ -n "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] && qgis_python >/dev/null; then
    exit 0
fi

available() { apt-cache show --no-all-versions "$1" >/dev/null 2>&1; }
installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }
first() { # the first of these packages that the archive has
    local name
    for name in "$@"; do
        if installed "$name" || available "$name"; then printf '%s\n' "$name"; return 0; fi
    done
    return 0
}

if ! command -v apt-get >/dev/null; then
    say "This set-up knows Debian and Ubuntu. Install by hand: QGIS 3.22 or newer with its Python bindings, PostgreSQL with"
    say "PostGIS, a Chinese TrueType font (WenQuanYi), Xvfb, and for Python scipy, shapely, psycopg2, requests, reportlab, pypdf."
    qgis_python >/dev/null || exit 1
fi

packages() {
    local version
    first qgis
    first python3-qgis
    first python3-venv
    first python3-pip
    first postgresql
    # PostGIS for the release that is installed, else for the one the archive's postgresql stands for
    version=$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | cut -d/ -f5 | sort -n | tail -n 1)
    [ -n "$version" ] || version=$(apt-cache depends postgresql 2>/dev/null | grep -oE 'postgresql-[0-9]+' | head -n 1 | cut -d- -f2)
    first "postgresql-$version-postgis-3" "$(apt-cache search --names-only "^postgresql-$version-postgis-[0-9.]+$" | cut -d' ' -f1 | tail -n 1)"
    first fonts-wqy-zenhei fonts-wqy-microhei
    first fonts-dejavu-core
    first fonts-dejavu-extra
    first xvfb
    first xauth
    first poppler-utils
    first gdal-bin
    first mount
    first procps
    local name
    for name in numpy scipy shapely psycopg2 requests; do first "python3-$name"; done
    [ -z "${FULLSERVICE_STOCK:-}" ] || return 0 # a Python as QGIS' users have it: the ZIP brings what is missing
    for name in reportlab pypdf pil; do first "python3-$name"; done
    available python3-numba && printf '%s\n' python3-numba
    return 0
}

missing() {
    local name
    for name in $(packages | sort -u); do installed "$name" || printf '%s ' "$name"; done
}

known() { available qgis || installed qgis; }

if command -v apt-get >/dev/null; then
    if ! known; then
        if [ "$(id -u)" = 0 ]; then apt-get update -qq
        elif sudo -n true 2>/dev/null; then sudo apt-get update -qq; fi
    fi
    need=$(missing)
    known || need="qgis and more"
    if [ -n "$need" ]; then
        install=(env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends)
        if [ "$(id -u)" = 0 ]; then run=("${install[@]}")
        elif sudo -n true 2>/dev/null; then run=(sudo "${install[@]}")
        else
            say "Packages are missing and this user may not install them. Run, then start again:"
            if available qgis; then say "  sudo apt-get update && sudo apt-get install --no-install-recommends $need"
            else say "  sudo $root/tools/setup.sh --system"; fi
            exit 1
        fi
        say "Installing: $need"
        log=$(mktemp "${TMPDIR:-/tmp}/fullservice-apt.XXXXXX")
        # shellcheck disable=SC2086
        if ! "${run[@]}" $need >"$log" 2>&1; then
            tail -n 20 "$log" >&2
            say "apt-get failed; its whole output is in $log."
            exit 1
        fi
    fi
fi

[ "${1:-}" != --system ] || exit 0

python=$(qgis_python) || { say "No Python here imports qgis.core. Install python3-qgis, or name one in QGIS_PYTHON."; exit 1; }
runner=$(qgis_runner) || { say "No working qgis_process was found. Install qgis."; exit 1; }

if [ ! -x "$build/venv/bin/python" ] || ! "$build/venv/bin/python" -c 'import qgis.core' 2>/dev/null; then
    rm -rf "$build/venv"
    "$python" -m venv --system-site-packages "$build/venv"
fi
pip_install() {
    if ! "$@" >"$build/pip.log" 2>&1; then
        tail -n 20 "$build/pip.log" >&2
        say "pip failed; its whole output is in build/pip.log."
        exit 1
    fi
}
pip_install "$build/venv/bin/python" -m pip install --disable-pip-version-check -r "$root/tools/requirements-dev.txt"

# The libraries of the ZIP; those that this system has no package for go beside the stage, too.
mkdir -p "$build/lib"
pip_install "$build/venv/bin/python" "$root/tools/vendor.py"
printf '%s\n%s\n%s\n' "$want" "$python" "$runner" >"$stamp"
