# shellcheck shell=bash
# What the scripts of this folder share. To be sourced: . "$(dirname "$0")/lib.sh"

# All messages go to stderr: stdout belongs to the command that a script runs.
say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die STATUS MESSAGE...
die() {
    local status=$1
    shift
    say "$@"
    exit "$status"
}

# as_root PURPOSE COMMAND [ARG...]: runs COMMAND when we are root; everybody else is told the line to run, and we stop.
as_root() {
    local purpose=$1
    shift
    [ "$(id -u)" -eq 0 ] || die 1 "$purpose; run: sudo $*"
    say "$purpose; running: $*"
    DEBIAN_FRONTEND=noninteractive "$@" >&2
}

# need_packages PACKAGE...: installs the Debian packages that are missing.
need_packages() {
    local package missing=()
    command -v apt-get >/dev/null || die 1 "apt-get not found (expected: a Debian system); these packages are needed: $*"
    for package; do
        # shellcheck disable=SC2016 # dpkg-query's own variable
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if [ -z "$(apt-cache pkgnames "${missing[0]}")" ]; then
        as_root "package lists are empty, ${missing[*]} needed" apt-get update
    fi
    as_root "packages missing: ${missing[*]}" "${install[@]}" || die 1 "failed: ${install[*]} (try: apt-get update)"
}
