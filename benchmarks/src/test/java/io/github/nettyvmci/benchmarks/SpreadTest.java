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
package io.github.nettyvmci.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.util.List;

class SpreadTest {

    @Test
    void shouldTakeTheMiddleOfAnOddNumber() {
        assertEquals(new Spread(3, 1, 100), Spread.of(List.of(100.0, 1.0, 3.0)));
    }

    @Test
    void shouldTakeTheMeanOfTheMiddleTwo() {
        assertEquals(new Spread(2.5, 1, 4), Spread.of(List.of(4.0, 2.0, 3.0, 1.0)));
    }

    @Test
    void shouldPairTheValuesOfEachRun() {
        // The second run was disturbed for both contenders, so that their ratio does not show it.
        assertEquals(new Spread(0.5, 0.5, 2), Spread.ofRatios(List.of(1.0, 50.0, 2.0), List.of(2.0, 100.0, 1.0)));
        assertEquals("0.50 (0.50..2.00)",
                Spread.ofRatios(List.of(1.0, 50.0, 2.0), List.of(2.0, 100.0, 1.0)).toString());
    }

    @Test
    void shouldRefuseWhatCannotBePaired() {
        assertThrows(IllegalArgumentException.class, () -> Spread.of(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Spread.ofRatios(List.of(1.0), List.of(1.0, 2.0)));
    }
}
