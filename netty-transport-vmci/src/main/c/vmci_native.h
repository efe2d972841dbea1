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
#ifndef VMCI_NATIVE_H
#define VMCI_NATIVE_H

#include <jni.h>

#define VMCI_NATIVE_CLASS "io/github/nettyvmci/transport/Native"

/* Each file has a table of its natives. vmci_onload.c registers them all on the class Native. */
extern const JNINativeMethod vmci_epoll_methods[];
extern const jint vmci_epoll_methods_count;
extern const JNINativeMethod vmci_socket_methods[];
extern const jint vmci_socket_methods_count;
extern const JNINativeMethod vmci_rights_methods[];
extern const jint vmci_rights_methods_count;
extern const JNINativeMethod vmci_datagram_methods[];
extern const jint vmci_datagram_methods_count;

/* Java passes an address as a long, which has 64 bits on every platform, so the cast goes through uintptr_t. */
#define VMCI_POINTER(address) ((void*) (uintptr_t) (address))

#endif
