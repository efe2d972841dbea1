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
# One at a time: scripts run side by side, and apt-get does not wait for another.
as_root() {
    local purpose=$1
    shift
    [ "$(id -u)" -eq 0 ] || die 1 "$purpose; run: sudo $*"
    say "$purpose; running: $*"
    (
        exec 9> "${TMPDIR:-/tmp}/netty-vmci-root.lock"
        flock 9
        DEBIAN_FRONTEND=noninteractive "$@" >&2 9>&-
    )
}

# need_packages PACKAGE[:COMMAND]...: installs the Debian packages that are missing. Where COMMAND is named and can be
# run, whoever installed it, its package is not asked for.
need_packages() {
    local wanted package missing=()
    for wanted; do
        package=${wanted%%:*}
        if [ "$package" != "$wanted" ] && command -v "${wanted#*:}" >/dev/null; then
            continue
        fi
        # shellcheck disable=SC2016 # dpkg-query's own variable
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die 1 "no apt-get (expected: Debian 12); install what has these: ${missing[*]}"
    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    if [ -z "$(apt-cache pkgnames "${missing[0]}")" ]; then
        [ "$(id -u)" -eq 0 ] || die 1 "packages missing: ${missing[*]}; run: sudo apt-get update && sudo ${install[*]}"
        as_root "package lists are empty, ${missing[*]} needed" apt-get update
    fi
    as_root "packages missing: ${missing[*]}" "${install[@]}" || die 1 "failed: ${install[*]} (try: apt-get update)"
}

# need_jdk: a JDK 17 or later, JAVA_HOME's or the PATH's; Debian's if there is none.
need_jdk() {
    local version
    [ -z "${JAVA_HOME:-}" ] || PATH=$JAVA_HOME/bin:$PATH
    command -v javac >/dev/null || need_packages openjdk-17-jdk-headless
    version=$(javac -version 2>&1) || die 1 "javac does not run: $version"
    version=${version#javac }
    [[ ${version%%[.-]*} -ge 17 ]] || die 1 "JDK: $version (expected: 17 or later); set JAVA_HOME"
}

# mvn_quietly ARG...: Maven, whose output is shown only if it fails.
mvn_quietly() {
    local log status=0
    log=$(mktemp "${TMPDIR:-/tmp}/mvn.XXXXXX")
    mvn -B -ntp "$@" > "$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        grep -E '^\[(ERROR|WARNING)\]|FAIL' "$log" | head -n 60 >&2
        say "mvn $* failed with status $status; the whole output: $log"
        return "$status"
    fi
    rm -f "$log"
}

# is_built: whether the jars are newer than every source.
is_built() {
    [ -e target/built ] && [ -z "$(find pom.xml ./*/pom.xml ./*/src script/build -newer target/built -print -quit)" ]
}

# build: the jars, unless they are there.
build() {
    local stamp=target/built
    if is_built; then
        return
    fi
    say "building (a minute; the first time Maven also downloads)"
    mkdir -p target
    touch "$stamp.begun"
    mvn_quietly -DskipTests package || exit 1
    mv "$stamp.begun" "$stamp"
}
