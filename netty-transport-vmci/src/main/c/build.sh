#!/bin/sh
# Compiles the JNI library; called by Maven, which sets CC, CFLAGS_EXTRA, ARCH, JDK, UNIX_COMMON, HEADERS and OUT.
set -eu
dir=$(dirname "$0")
mkdir -p "$OUT/META-INF/native"

# -Wno-unused-parameter: every JNI function has a JNIEnv and a jclass, which few of ours read.
$CC -std=c11 -shared -fPIC -O2 -pipe -Wall -Wextra -Werror -Wno-unused-parameter \
    -fno-omit-frame-pointer -fvisibility=hidden -D_GNU_SOURCE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
    -ffunction-sections -fdata-sections -ffile-prefix-map="$dir"=. ${CFLAGS_EXTRA:-} \
    -I"$JDK/include" -I"$JDK/include/linux" -I"$UNIX_COMMON/include" -I"$HEADERS" \
    -o "$OUT/META-INF/native/libnetty_transport_native_vmci_$ARCH.so" \
    "$dir"/vmci_onload.c "$dir"/vmci_epoll.c "$dir"/vmci_socket.c "$dir"/vmci_constants.c \
    -Wl,-z,relro -Wl,-z,now -Wl,--as-needed -Wl,--gc-sections -Wl,--build-id=none \
    -L"$UNIX_COMMON/lib" -Wl,--whole-archive -lnetty-unix-common -Wl,--no-whole-archive -ldl -lrt

# The jar holds nothing but this library; a module of its own lets --add-modules take it from a module path. (The lint
# key: a module's name should not end in a digit, but that is the architecture's.)
module="$OUT/module-info.java"
printf 'module io.github.nettyvmci.transport.linux.%s {\n}\n' "$ARCH" > "$module"
"$JDK/bin/javac" -Xlint:-module --release 17 -d "$OUT" "$module"
rm -f "$module"
