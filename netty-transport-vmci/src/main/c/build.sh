#!/bin/sh
# Compiles the JNI library; called by Maven, which sets CC, CFLAGS_EXTRA, ARCH, JDK, UNIX_COMMON, HEADERS, VERSION and OUT.
set -eu
dir=$(dirname "$0")
mkdir -p "$OUT/META-INF/native"

# -Wno-unused-parameter: every JNI function has a JNIEnv and a jclass, which few of ours read.
$CC -std=c11 -shared -fPIC -O2 -pipe -Wall -Wextra -Werror -Wno-unused-parameter \
    -fno-omit-frame-pointer -fvisibility=hidden -D_GNU_SOURCE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
    -ffunction-sections -fdata-sections -ffile-prefix-map="$dir"=. ${CFLAGS_EXTRA:-} \
    -I"$JDK/include" -I"$JDK/include/linux" -I"$UNIX_COMMON/include" -I"$HEADERS" \
    -o "$OUT/META-INF/native/libnetty_transport_native_vmci_$ARCH.so" \
    "$dir"/vmci_onload.c "$dir"/vmci_epoll.c "$dir"/vmci_socket.c "$dir"/vmci_rights.c "$dir"/vmci_datagram.c \
    "$dir"/vmci_constants.c \
    -Wl,-z,relro -Wl,-z,now -Wl,--as-needed -Wl,--gc-sections -Wl,--build-id=none \
    -L"$UNIX_COMMON/lib" -Wl,--whole-archive -lnetty-unix-common -Wl,--no-whole-archive -ldl -lrt

# The jar is a module of its own. It provides what the transport's module uses, and so is resolved with it. To compile that,
# a stub of the transport's module is enough, without the modules that the real one requires.
transport=io.github.nettyvmci.transport
module=$transport.linux.$ARCH
package=io/github/nettyvmci/transport
sources=$OUT.modules
rm -rf "$sources"
mkdir -p "$sources/$transport/$package/internal" "$sources/$module/$package/linux/$ARCH"
cp "$dir/../java/$package/internal/NativeLibrary.java" "$sources/$transport/$package/internal"
echo "module $transport { exports $transport.internal; }" > "$sources/$transport/module-info.java"
cat > "$sources/$module/$package/linux/$ARCH/Library.java" <<END
package $module;

public final class Library implements $transport.internal.NativeLibrary { }
END
cat > "$sources/$module/module-info.java" <<END
module $module {
    requires $transport;
    provides $transport.internal.NativeLibrary with $module.Library;
}
END
# The lint key: a module's name should not end in a digit, but that is the architecture's.
"$JDK/bin/javac" -Xlint:-module --release 17 --module-version "$VERSION" --module-source-path "$sources" \
    -d "$sources/classes" --module "$module"
cp -R "$sources/classes/$module/." "$OUT"
rm -rf "$sources"
cp "$dir"/../../../../LICENSE "$dir"/../../../../NOTICE "$OUT/META-INF"
