# shellcheck shell=bash
# For the scripts of this folder that run a part of themselves in the test VM: JUnit there, without Maven. To be sourced.

# junit MODULE REPORTS_DIRECTORY [JVM ARG...] -- LAUNCHER ARG...: runs tests of a module that is built, without the JVM's
# second compiler, which in emulation costs more than it brings.
junit() {
    local module=$1 reports=$2 java_args=() arch
    arch=$(uname -m | sed 's/aarch64/aarch_64/')
    shift 2
    while [ "$1" != -- ]; do
        java_args+=("$1")
        shift
    done
    shift
    java -Xcheck:jni -ea -Xmx1g -XX:MaxDirectMemorySize=1g -XX:TieredStopAtLevel=1 \
        -Dio.netty.leakDetection.level=paranoid \
        -Dio.netty.customResourceLeakDetector=io.github.nettyvmci.testing.RecordingLeakDetector \
        -Dio.netty.machineId=02:00:00:00:00:01 "${java_args[@]}" \
        -cp "$module/target/test-classes:$module/target/classes:netty-transport-vmci/target/native-$arch:$(cat "$module/target/test-classpath")" \
        org.junit.platform.console.ConsoleLauncher execute --disable-banner --disable-ansi-colors \
        --reports-dir="$reports/$module" "$@"
}
