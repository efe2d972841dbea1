# shellcheck shell=bash disable=SC2154,SC2317
# What each tier of script/test does: the function run_TIER, with _ for what a name may not have. Its output is the tier's
# log; $TMPDIR is its own folder for temporary files; JUnit's XML goes to $results/TIER. To be sourced by script/test.

# as_test NAME COMMAND...: runs a command as one test, and writes JUnit's XML for it.
as_test() {
    local name=$1 status=0
    shift
    ("$@") || status=$?
    write_xml "$name" 1 $((status != 0))
    return "$status"
}

# counted NAME COMMAND...: runs a command that counts by itself and prints "N passed, M failed" at its end.
counted() {
    local name=$1 status=0 passed=0 failed=1
    shift
    "$@" | tee "$results/$name/output" || status=$?
    read -r passed _ failed _ < <(tail -n 1 "$results/$name/output" | grep '^[0-9]* passed, [0-9]* failed' || echo 0 - 1)
    write_xml "$name" $((passed + failed)) "$failed"
    return "$status"
}

# write_xml NAME TESTS FAILURES
write_xml() {
    printf '<testsuite name="%s" tests="%d" skipped="0" failures="%d" errors="0"></testsuite>\n' "$@" \
        > "$results/$1/$1.xml"
}

# --- tests without Maven, of classes that it compiled

launcher=org.junit.platform.console.ConsoleLauncher
jvm_args=(-Xcheck:jni -ea -Xmx1g -XX:MaxDirectMemorySize=1g -Dio.netty.leakDetection.level=paranoid
    -Dio.netty.customResourceLeakDetector=io.github.nettyvmci.testing.RecordingLeakDetector
    -Dio.netty.machineId=02:00:00:00:00:01) # a machine without network cards has none
prefix=() # what the JVM runs in

# classpath MODULE
classpath() {
    echo "$1/target/test-classes:$1/target/classes:netty-transport-vmci/target/native-$arch:$(cat "$1/target/test-classpath")"
}

# launch NAME MODULE CLASSPATH [JVM ARG...] [-- LAUNCHER ARG...]
launch() {
    local name=$1 module=$2 classpath=$3
    shift 3
    local java_args=()
    while [ $# -gt 0 ] && [ "$1" != -- ]; do
        java_args+=("$1")
        shift
    done
    [ $# -eq 0 ] || shift
    if [ -n "$class" ]; then # instead of what the tier would choose
        local argument chosen=("--include-classname=(.*\.)?${class//./\\.}")
        for argument; do
            [[ $argument == --*clude-* ]] || chosen+=("$argument")
        done
        set -- "${chosen[@]}"
    fi
    # The VM needs no TMPDIR, since it has a /tmp of its own, which ends with it.
    [ "${prefix[0]-}" = script/vm ] || java_args+=("-Djava.io.tmpdir=$TMPDIR")
    "${prefix[@]}" "$java_home/bin/java" "${jvm_args[@]}" "${java_args[@]}" -cp "$classpath" $launcher execute \
        --disable-banner --details=tree --disable-ansi-colors --scan-classpath="$module/target/test-classes" \
        --reports-dir="$results/$name/${reports:-$module}" "$@"
}

# in_vm NAME MODULE VM_ARG... -- [JVM ARG...] [-- LAUNCHER ARG...]: runs tests in the test VM, without the JVM's second
# compiler, which in emulation costs more than it brings. The VM measures how slow it is, and the tests' limits follow.
in_vm() {
    local name=$1 module=$2 status=0
    shift 2
    local prefix=(script/vm --results "$results/$name")
    while [ "$1" != -- ]; do
        prefix+=("$1")
        shift
    done
    prefix+=(--)
    shift
    [ -z "$class" ] || module=${modules[*]}
    for module in $module; do
        launch "$name" "$module" "$(classpath "$module")" -XX:TieredStopAtLevel=1 "$@" || status=$?
    done
    return "$status"
}

# The class that takes longest runs in a tier of its own (vm-ssl). To the kernel TLS is octets like any other.
beside_ssl=(--exclude-classname='.*SslEchoTest')
# The second kernel runs none of the classes that do not touch the kernel's behaviour.
beside_the_kernel='Ssl|StartTls|ObjectEcho|StringEcho|FixedLengthEcho|TrafficShaping|EventLoop|Coexistence'
beside_the_kernel+='|ClassLoader|ManyConnections'
second_kernel=(--exclude-classname=".*(${beside_the_kernel}|VmciTest|VmciAddress|Errors|VmciProbe).*")
if $all; then
    second_kernel=()
fi

# --- the tiers

run_maven() {
    local status=0 module arguments=(-Pjcstress) # these are compiled, at least, each time
    if [ -n "$class" ]; then
        arguments=(-Dtest="$class" -Dsurefire.failIfNoSpecifiedTests=false -am -pl "$(IFS=,; echo "${modules[*]}")")
    fi
    rm -rf ./*/target/surefire-reports
    mvn -B -ntp verify "${arguments[@]}" || status=$?
    for module in "${modules[@]}"; do
        mkdir -p "$results/maven/$module"
        cp "$module"/target/surefire-reports/*.xml "$module"/target/surefire-reports/*-output.txt "$results/maven/$module" \
            2>/dev/null || true
        cat "$module"/target/surefire-reports/*-output.txt 2>/dev/null | grep -E 'LEAK:|WARNING in native|FATAL ERROR' || true
    done
    return "$status"
}

run_asan() {
    local library=$PWD/netty-transport-vmci/target/native-asan path
    mvn -B -ntp -pl netty-transport-vmci process-classes -Dnative.cflags='-fsanitize=address -g' -Dnative.dir="$library" ||
        return
    # A test makes the JVM unload a library, and JDK 17 then logs the name of what it has just unloaded.
    echo interceptor_via_lib:libjvm.so > "$results/asan.suppressions"
    local prefix=(env LD_PRELOAD="$(gcc -print-file-name=libasan.so)"
        "ASAN_OPTIONS=handle_segv=0:detect_leaks=0:halt_on_error=1:suppressions=$results/asan.suppressions"
        VMCI_TEST_ASAN=1)
    path=$(classpath netty-transport-vmci)
    launch asan netty-transport-vmci "${path//target\/native-$arch/target\/native-asan}"
}

run_no_unsafe() {
    launch no-unsafe netty-transport-vmci "$(classpath netty-transport-vmci)" -Dio.netty.noUnsafe=true -- "${beside_ssl[@]}"
}

run_epoll_loop() {
    launch epoll-loop netty-transport-vmci "$(classpath netty-transport-vmci)" -Dvmci.test.loop=epoll -- "${beside_ssl[@]}"
}

run_spin_loop() {
    launch spin-loop netty-transport-vmci "$(classpath netty-transport-vmci)" -Dvmci.test.loop=spin -- "${beside_ssl[@]}"
}

run_vm_epoll_loop() {
    in_vm vm-epoll-loop netty-transport-vmci --kernel 6.1 --timeout 1800 -- -Dvmci.test.loop=epoll -- \
        --exclude-classname=".*(${beside_the_kernel}|VmciTest|VmciAddress|Errors|VmciProbe).*"
}

run_jdk25() {
    local java_home=$jdk25 module status=0
    for module in "${modules[@]}"; do
        launch jdk25 "$module" "$(classpath "$module")" --enable-native-access=ALL-UNNAMED || status=$?
    done
    return "$status"
}

run_netty_newest() {
    local module=netty-transport-vmci path
    mvn -B -ntp -q -pl $module dependency:build-classpath -Dnetty.version="$newest_netty" \
        -Dmdep.includeScope=test -Dmdep.outputFile=target/test-classpath-newest || return
    path=$(classpath $module)
    launch netty-newest $module "${path/$(cat $module/target/test-classpath)/$(cat $module/target/test-classpath-newest)}" \
        -- "${beside_ssl[@]}"
}

# Sends a million messages through PUSH and PULL, and a million through DEALER, ROUTER and back, with queues of ten.
run_millions() {
    launch millions zmq-sockets "$(classpath zmq-sockets)" -Dzmq.test.messages=1000000 -- --include-tag=million
}

# Emulated processors take turns on one real one, so that a second one makes the run a fifth longer: the first kernel has
# one, the others two.
run_vm_6_1() { in_vm vm-6.1 netty-transport-vmci --kernel 6.1 --cpus 1 --timeout 1800 -- -- "${beside_ssl[@]}"; }
run_vm_ssl() {
    in_vm vm-ssl netty-transport-vmci --kernel 6.1 --cpus 1 --timeout 1800 -- -- --include-classname='.*SslEchoTest'
}
run_vm_6_12() { in_vm vm-6.12 netty-transport-vmci --kernel 6.12 --timeout 1800 -- -- "${second_kernel[@]}"; }
run_vm_6_12_100() {
    if [ -n "$class" ]; then
        in_vm vm-6.12.100 netty-transport-vmci --kernel 6.12.100 --timeout 1800 --
    else
        script/tests/small-packets "$results/vm-6.12.100"
    fi
}

# Runs the socket types and what is tested with every scheme; the other tests have nothing to do with AF_VSOCK.
run_vm_sockets() {
    in_vm vm-sockets zmq-sockets --kernel 6.1 --timeout 600 -- -Dzmq.test.messages=1000 -- --include-tag=vmci
}

run_vm_modules() {
    local group status=0
    for group in none vsock; do
        local reports=$group
        in_vm vm-modules netty-transport-vmci --modules "$group" --env "VMCI_TEST_MODULES=$group" --timeout 300 -- \
            -- --include-classname='.*MissingModulesTest' || status=$?
    done
    return "$status"
}

# Tests the module path, which surefire does not use, and what else only jars show.
run_module_path() { counted module-path script/tests/jars-test "$java_home" "$jdk25"; }

# Checks that two builds of one commit give the same jars.
same_jars() {
    local copy jar
    copy=$(mktemp -d "$TMPDIR/reproducible.XXXXXX")
    # shellcheck disable=SC2064 # this folder
    trap "rm -rf '$copy'" EXIT
    # The second build is in another folder, at another time, and without the files that git does not track.
    git ls-files -z | xargs -0 cp --parents -t "$copy"
    (cd "$copy" && mvn -B -ntp -q package -DskipTests) || return 1
    for jar in "$copy"/*/target/*.jar; do
        cmp "$jar" "${jar#"$copy"/}" || return 1
    done
}
run_reproducible() { as_test reproducible same_jars; }

hello_here() { script/demo | tee /dev/stderr | awk '/Hello 3 -> World/ { n++ } END { exit n != 1 }'; }
run_demo() { as_test demo hello_here; }

hello_in_vm() { script/demo --vm | tee /dev/stderr | awk '/Hello 3 -> World/ { n++ } END { exit n != 2 }'; }
run_demo_vm() { as_test demo-vm hello_in_vm; }

# Lets threads race through everything that has no lock, for a few minutes: each test in code that is interpreted, compiled
# by C1 and compiled by C2, for a second each, wherever the kernel puts the threads.
run_jcstress() {
    local status=0 planned=0 failed=1 path
    mvn -B -ntp -q -Pjcstress -pl benchmarks/jcstress -am -DskipTests package || return
    path="$PWD/benchmarks/jcstress/target/classes:$(cat benchmarks/jcstress/target/classpath)"
    (cd "$results/jcstress" && "$java_home/bin/java" "-Djava.io.tmpdir=$TMPDIR" -cp "$path" org.openjdk.jcstress.Main \
        -m quick -sc false -af NONE -f 1 -fsm 1 -iters 5 -time 200 -r report) | tee "$results/jcstress/output" || status=$?
    read -r planned failed < <(sed -n 's/.*Results: \([0-9]*\) planned; [0-9]* passed, \([0-9]*\) failed, \([0-9]*\) soft errs, \([0-9]*\) hard errs.*/\1 \2 \3 \4/p' \
        "$results/jcstress/output" | tail -n 1 | awk '{ print $1, $2 + $3 + $4 }') || true
    write_xml jcstress "${planned:-1}" "${failed:-1}"
    return "$status"
}

run_aarch64() { script/tests/aarch64 "$results/aarch64"; }

run_vmci() { script/tests/vmci "$results/vmci"; }
run_vmci_6_12() { script/tests/vmci "$results/vmci-6.12" 6.12; }
run_nested() { script/tests/nested "$results/nested"; }
run_nested_6_12() { script/tests/nested "$results/nested-6.12" 6.12; }
run_nested_mixed() { script/tests/nested "$results/nested-mixed" 6.1 6.12; }

run_libzmq_vmci() { script/tests/libzmq-vmci "$results/libzmq-vmci"; }

run_vm_script() { counted vm-script script/tests/vm-test; }

run_scripts() { counted scripts script/tests/scripts-test; }
