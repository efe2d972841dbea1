/*
 * Copyright 2026 The Netty VMCI project
 *
 * Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except in compliance
 * with the License. You may obtain a copy of the License at
 *
 *   https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software distributed under the License is distributed
 * on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for
 * the specific language governing permissions and limitations under the License.
 */
/*
 * Loading and unloading the library. While it loads, nothing here looks up a Java class, except the one that the
 * natives are registered on: class lookups in JNI_OnLoad are a known source of class loader deadlocks.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

#include "netty_jni_util.h"
#include "netty_unix.h"
#include "vmci_native.h"

#define LIBRARY "netty_transport_native_vmci"
#define UNIX_ERRORS_CLASS "io/netty/channel/unix/ErrorsStaticallyReferencedJniMethods"

/* The prefix of a shaded Netty's packages, or NULL. Our own class is never looked up with it. */
static const char* netty_prefix;
/* Whether Netty's classes have their natives from us, and this library may be unloaded before they are. */
static int unix_to_unregister;

/*
 * Keeps this library in memory for good, and returns whether that worked. Netty's classes that have their natives from
 * us may live on when our class loader is collected. Unregistering the natives then would look the classes up by name,
 * without a class loader to look in, and could hit another copy of Netty. Not unregistering them would leave these
 * classes with no code to call.
 */
static int stay_loaded(void) {
    Dl_info self;
    return dladdr((void*) &netty_prefix, &self) != 0 && self.dli_fname != NULL
            && dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE) != NULL;
}

/* JNI Registered Methods Begin */
static jint vmci_errno_ENAMETOOLONG(JNIEnv* env, jclass clazz) {
    return ENAMETOOLONG;
}

/*
 * Registers Netty's unix-common natives. If all is false, another transport did that, and only what its library may
 * lack is added.
 */
static jint vmci_native_registerUnix(JNIEnv* env, jclass clazz, jboolean all) {
    /*
     * Netty jars of 4.2.19 and later declare one native more than the newest published libnetty-unix-common defines.
     * Without it the first failing system call makes the class Errors unusable for good.
     */
    static const JNINativeMethod added_in_4_2_19[] = {
        { "errnoENAMETOOLONG", "()I", (void*) vmci_errno_ENAMETOOLONG }
    };
    if (all) {
        if (netty_unix_register(env, netty_prefix) == JNI_ERR) {
            return -EINVAL;
        }
        unix_to_unregister = !stay_loaded();
    }
    if (netty_jni_util_register_natives(env, netty_prefix, UNIX_ERRORS_CLASS, added_in_4_2_19, 1) != 0) {
        (*env)->ExceptionClear(env); /* an older Errors has no such method */
    }
    return 0;
}

static jint vmci_native_version(JNIEnv* env, jclass clazz) {
    return 1; /* raised when a native changes its signature or meaning; Native.java expects the same number */
}
/* JNI Registered Methods End */

static const JNINativeMethod onload_methods[] = {
    { "registerUnix", "(Z)I", (void*) vmci_native_registerUnix },
    { "version", "()I", (void*) vmci_native_version }
};
static const jint onload_methods_count = (jint) (sizeof(onload_methods) / sizeof(onload_methods[0]));

static jint vmci_load(JNIEnv* env, const char* prefix) {
    jclass native = (*env)->FindClass(env, VMCI_NATIVE_CLASS);
    if (native == NULL
            || (*env)->RegisterNatives(env, native, onload_methods, onload_methods_count) != 0
            || (*env)->RegisterNatives(env, native, vmci_epoll_methods, vmci_epoll_methods_count) != 0
            || (*env)->RegisterNatives(env, native, vmci_socket_methods, vmci_socket_methods_count) != 0
            || (*env)->RegisterNatives(env, native, vmci_rights_methods, vmci_rights_methods_count) != 0
            || (*env)->RegisterNatives(env, native, vmci_datagram_methods, vmci_datagram_methods_count) != 0) {
        free((void*) prefix);
        return JNI_ERR;
    }
    netty_prefix = prefix;
    return NETTY_JNI_UTIL_JNI_VERSION;
}

static void vmci_unload(JNIEnv* env) {
    /* The natives of our own class need no unregistering, since the class goes with its loader, as this code does. */
    if (unix_to_unregister) {
        unix_to_unregister = 0;
        netty_unix_unregister(env, netty_prefix);
    }
    free((void*) netty_prefix);
    netty_prefix = NULL;
}

/* Entry points under these names serve a static link (GraalVM native image), the plain ones a shared library. */
JNIEXPORT jint JNICALL JNI_OnLoad_netty_transport_native_vmci(JavaVM* vm, void* reserved) {
    return netty_jni_util_JNI_OnLoad(vm, reserved, LIBRARY, vmci_load);
}

JNIEXPORT void JNICALL JNI_OnUnload_netty_transport_native_vmci(JavaVM* vm, void* reserved) {
    netty_jni_util_JNI_OnUnload(vm, reserved, vmci_unload);
}

#ifndef NETTY_BUILD_STATIC
JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void* reserved) {
    return netty_jni_util_JNI_OnLoad(vm, reserved, LIBRARY, vmci_load);
}

JNIEXPORT void JNICALL JNI_OnUnload(JavaVM* vm, void* reserved) {
    netty_jni_util_JNI_OnUnload(vm, reserved, vmci_unload);
}
#endif
