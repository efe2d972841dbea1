# shellcheck shell=bash
# What the scripts of this folder share. They source this file.

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
# A lock lets one script do so at a time, since scripts run side by side and apt-get does not wait for another one that
# fetches lists. The lock is on a folder that is there anyway, so that no lock file stays.
as_root() {
    local purpose=$1
    shift
    [ "$(id -u)" -eq 0 ] || die 1 "$purpose; run: sudo $*"
    say "$purpose; running: $*"
    (
        exec 9< /var/lib/dpkg
        flock 9
        DEBIAN_FRONTEND=noninteractive "$@" >&2 9<&-
    )
}

# with_new_lists PURPOSE COMMAND [ARG...]: runs COMMAND, which needs packages that the package lists name. If it fails,
# the lists may be too old, since a mirror has only newer versions; root then fetches new lists, once in a script, and
# tries COMMAND again.
lists_are_new=false
with_new_lists() {
    local purpose=$1
    shift
    ! "$@" || return 0
    [ "$(id -u)" -eq 0 ] && ! $lists_are_new || return 1
    as_root "$purpose failed, perhaps of old package lists" apt-get update || return 1
    lists_are_new=true
    "$@"
}

# is_missing PACKAGE[:COMMAND]: whether PACKAGE is not installed. If COMMAND is named and can be run, nothing is missing.
is_missing() {
    local package=${1%%:*}
    if [ "$package" != "$1" ] && command -v "${1#*:}" >/dev/null; then
        return 1
    fi
    # shellcheck disable=SC2016 # dpkg-query's own variable
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]
}

# need_packages PACKAGE[:COMMAND]...: installs the Debian packages that are missing.
need_packages() {
    local wanted missing=()
    for wanted; do
        ! is_missing "$wanted" || missing+=("${wanted%%:*}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || die 1 "no apt-get (expected: Debian 12); install what has these: ${missing[*]}"
    local install=(apt-get install -y --no-install-recommends "${missing[@]}")
    [ "$(id -u)" -eq 0 ] || die 1 "packages missing: ${missing[*]}; run: sudo apt-get update && sudo ${install[*]}"
    if [ -z "$(apt-cache pkgnames "${missing[0]}")" ]; then
        as_root "package lists are empty, ${missing[*]} needed" apt-get update || die 1 "failed: apt-get update"
        lists_are_new=true
    fi
    with_new_lists "installing ${missing[*]}" as_root "packages missing: ${missing[*]}" "${install[@]}" ||
        die 1 "failed: ${install[*]}"
}

# need_jdk: uses the JDK of JAVA_HOME or the PATH if it is version 17 or later, and else Debian's.
need_jdk() {
    local version
    [ -z "${JAVA_HOME:-}" ] || PATH=$JAVA_HOME/bin:$PATH
    command -v javac >/dev/null || need_packages openjdk-17-jdk-headless
    version=$(javac -version 2>&1) || die 1 "javac does not run: $version"
    # Where JAVA_TOOL_OPTIONS is set, a JVM says so in a line of its own before or after.
    version=$(sed -n 's/^javac //p' <<< "$version")
    [[ $version =~ ^[0-9]+ && ${BASH_REMATCH[0]} -ge 17 ]] ||
        die 1 "JDK: $version (expected: 17 or later); set JAVA_HOME"
}

# mvn_quietly ARG...: runs Maven, and shows its output only if it fails.
mvn_quietly() {
    local log status=0
    mkdir -p target
    log=$(mktemp target/mvn.XXXXXX)
    mvn -B -ntp "$@" > "$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        grep -E '^\[(ERROR|WARNING)\]|FAIL' "$log" | head -n 60 >&2
        say "mvn $* failed with status $status; the whole output: $PWD/$log"
        return "$status"
    fi
    rm -f "$log"
}

# is_built: whether the whole project was packaged after the last change of a source, be it by us or by "mvn install".
# Maven itself leaves the stamp, see script/build/stamp; a module that was cleaned since has no class path.
is_built() {
    local module
    [ -e target/built ] || return 1
    for module in ./*/pom.xml; do
        [ -e "${module%/pom.xml}/target/test-classpath" ] || return 1
    done
    [ -z "$(find pom.xml ./*/pom.xml ./*/src script/build -newer target/built -print -quit)" ]
}

# build: packages the jars, unless the project is built.
build() {
    if is_built; then
        return
    fi
    say "building (a minute; the first time Maven also downloads)"
    mvn_quietly -DskipTests package || exit 1
}
