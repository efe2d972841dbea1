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
package io.github.nettyvmci.zmq.internal.pattern;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * Round robin over the pipes that have room (load balancing). They are at the front of the list, so that a thousand
 * full pipes cost nothing. Not thread-safe.
 */
final class RoundRobin {

    private final List<Pipe> pipes = new ArrayList<>();
    private int ready;
    private int current;

    int size() {
        return pipes.size();
    }

    boolean contains(Pipe pipe) {
        return pipe.position >= 0;
    }

    /** Adds a pipe that is not ready yet. */
    void add(Pipe pipe) {
        pipe.position = pipes.size();
        pipes.add(pipe);
    }

    void remove(Pipe pipe) {
        if (!contains(pipe)) {
            return;
        }
        setReady(pipe, false);
        int last = pipes.size() - 1;
        swap(pipe.position, last);
        pipes.remove(last);
        pipe.position = -1;
    }

    void setReady(Pipe pipe, boolean isReady) {
        int at = pipe.position;
        if (at < 0 || isReady == at < ready) {
            return;
        }
        if (isReady) {
            swap(at, ready++);
        } else {
            swap(at, --ready);
            if (current >= ready) {
                current = 0;
            }
        }
    }

    /** Returns the pipe whose turn it is, or {@code null} if none is ready. */
    @Nullable Pipe current() {
        return ready == 0 ? null : pipes.get(current);
    }

    /** Passes the turn on. */
    void advance() {
        if (++current >= ready) {
            current = 0;
        }
    }

    private void swap(int a, int b) {
        if (a != b) {
            Pipe pipe = pipes.get(a);
            Pipe other = pipes.get(b);
            pipes.set(a, other);
            other.position = a;
            pipes.set(b, pipe);
            pipe.position = b;
        }
    }
}
