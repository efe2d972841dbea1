#!/bin/sh
# Compiles the programs of this folder, each of one source.
# usage: build.sh COMPILER TARGET-FOLDER
set -eu
compiler=$1 target=$2
cd "$(dirname "$0")"
mkdir -p "$target"
for source in *.c; do
    program=$target/${source%.c}
    [ -e "$program" ] && [ -z "$(find . -newer "$program" -print -quit)" ] ||
        "$compiler" -std=c11 -O2 -Wall -Wextra -Werror -pthread -o "$program" "$source" -ldl
done
