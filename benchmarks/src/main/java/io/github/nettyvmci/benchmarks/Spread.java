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

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What several runs of one measurement gave.
 *
 * @param median half of the runs are not above it; of an even number the mean of the middle two
 * @param min the least
 * @param max the greatest
 */
record Spread(double median, double min, double max) {

    /**
     * Returns the spread of values.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Spread of(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length == 0) {
            throw new IllegalArgumentException("values: none (expected: at least one)");
        }
        int middle = sorted.length / 2;
        double median = sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[sorted.length - 1]);
    }

    /**
     * Returns the spread of the ratios of values measured in the same run. What slows a whole run down cancels out.
     *
     * @throws IllegalArgumentException if there are not equally many of both
     */
    static Spread ofRatios(List<Double> values, List<Double> toThese) {
        if (values.size() != toThese.size()) {
            throw new IllegalArgumentException("values: " + values.size() + " (expected: " + toThese.size() + ')');
        }
        Double[] ratios = new Double[values.size()];
        Arrays.setAll(ratios, i -> values.get(i) / toThese.get(i));
        return of(List.of(ratios));
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%.2f (%.2f..%.2f)", median, min, max);
    }
}
