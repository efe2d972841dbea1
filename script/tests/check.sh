# shellcheck shell=bash
# How a test that is a script checks and counts. The test sources this file.
passed=0 failed=0

# check NAME EXPECTED ACTUAL
check() {
    if [ "$2" = "$3" ]; then
        echo "ok      $1"
        passed=$((passed + 1))
    else
        printf 'FAILED  %s\n  expected: %s\n  actual:   %s\n' "$1" "$2" "$3"
        failed=$((failed + 1))
    fi
}

# done_checking: prints the counts for script/test, and returns 1 if a check failed.
done_checking() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
