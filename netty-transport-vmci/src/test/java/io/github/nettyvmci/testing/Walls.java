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
package io.github.nettyvmci.testing;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * Which classes of a module use which, as jdeps reads it from the compiled classes; a nested class counts as its
 * outermost one. {@code script/walls} prints it.
 */
public final class Walls {

    private static final Pattern ARROW = Pattern.compile("^ {3}(\\S+) +-> (\\S+)");

    private final Map<String, SortedSet<String>> uses;

    private Walls(Map<String, SortedSet<String>> uses) {
        this.uses = uses;
    }

    /**
     * Reads compiled classes.
     *
     * @param classes a folder of classes, such as {@code target/classes}
     * @return what they use, classes of others included
     */
    public static Walls of(Path classes) {
        StringWriter output = new StringWriter();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps")
                .orElseThrow(() -> new IllegalStateException("jdeps: not found (expected: a JDK)"));
        List<String> arguments = new ArrayList<>(List.of("-verbose:class", "-filter:none"));
        // A folder with a module-info would have jdeps look for all that the module requires.
        try (Stream<Path> files = Files.walk(classes)) {
            files.map(Path::toString).filter(file -> file.endsWith(".class") && !file.endsWith("module-info.class"))
                    .sorted().forEach(arguments::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int status = jdeps.run(new PrintWriter(output), new PrintWriter(output), arguments.toArray(new String[0]));
        if (status != 0) {
            throw new IllegalStateException("jdeps " + classes + ": status " + status + " (expected: 0); " + output);
        }
        Map<String, SortedSet<String>> uses = new TreeMap<>();
        output.toString().lines().map(ARROW::matcher).filter(Matcher::find).forEach(arrow -> {
            String user = outermost(arrow.group(1));
            String used = outermost(arrow.group(2));
            SortedSet<String> all = uses.computeIfAbsent(user, u -> new TreeSet<>());
            if (!user.equals(used)) {
                all.add(used);
            }
        });
        return new Walls(uses);
    }

    private static String outermost(String name) {
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    /** Returns the package of a class. */
    public static String packageOf(String name) {
        return name.substring(0, name.lastIndexOf('.'));
    }

    /**
     * Returns which classes of a package, or of what lies below it, use others whose names begin so.
     *
     * @return lines {@code user -> used}; empty if there is a wall between them
     */
    public List<String> arrows(String fromPackage, String toPrefix) {
        return arrows(user -> packageOf(user).equals(fromPackage) || user.startsWith(fromPackage + '.'),
                used -> used.startsWith(toPrefix));
    }

    /**
     * Returns which classes of a group use which others.
     *
     * @param users which classes belong to the group
     * @param used  which others count
     * @return lines {@code user -> used}; empty if there is a wall between them
     */
    public List<String> arrows(Predicate<String> users, Predicate<String> used) {
        List<String> arrows = new ArrayList<>();
        uses.forEach((user, all) -> {
            if (users.test(user)) {
                all.stream().filter(used).forEach(one -> arrows.add(user + " -> " + one));
            }
        });
        return arrows;
    }

    /** Returns the circles of two or more classes, the largest first. */
    public List<SortedSet<String>> circlesOfClasses() {
        return circles(uses);
    }

    /** Returns the circles of two or more packages, the largest first. */
    public List<SortedSet<String>> circlesOfPackages() {
        return circlesOf(Walls::packageOf);
    }

    /**
     * Returns the circles of two or more groups of classes, the largest first.
     *
     * @param group returns the group that a class belongs to
     * @return the names of the groups in each circle
     */
    public List<SortedSet<String>> circlesOf(UnaryOperator<String> group) {
        return circles(merged(group));
    }

    private Map<String, SortedSet<String>> merged(UnaryOperator<String> name) {
        Map<String, SortedSet<String>> merged = new TreeMap<>();
        uses.forEach((user, all) -> {
            SortedSet<String> targets = merged.computeIfAbsent(name.apply(user), u -> new TreeSet<>());
            all.forEach(used -> targets.add(name.apply(used)));
        });
        return merged;
    }

    private static List<SortedSet<String>> circles(Map<String, SortedSet<String>> graph) {
        List<SortedSet<String>> circles = new ArrayList<>(new Components(graph).found);
        circles.removeIf(component -> component.size() < 2);
        circles.sort((a, b) -> Integer.compare(b.size(), a.size()));
        return circles;
    }

    /** Returns how many floors the classes stand on: the longest way from one to another, a circle being one floor. */
    public int floors() {
        Map<String, Integer> floorOf = new HashMap<>();
        int highest = 0;
        for (SortedSet<String> component : new Components(uses).found) { // what is used comes before who uses it
            int floor = 1;
            for (String user : component) {
                for (String used : uses.get(user)) {
                    if (!component.contains(used)) {
                        floor = Math.max(floor, floorOf.getOrDefault(used, 0) + 1);
                    }
                }
            }
            for (String user : component) {
                floorOf.put(user, floor);
            }
            highest = Math.max(highest, floor);
        }
        return highest;
    }

    /** Returns how many classes there are. */
    public int size() {
        return uses.size();
    }

    /**
     * Prints the circles and floors of modules.
     *
     * @param folders of classes
     */
    public static void main(String[] folders) {
        for (String folder : folders) {
            Walls walls = of(Path.of(folder));
            System.out.printf("%s: %d classes on %d floors, circles of classes %s, of packages %s%n", folder,
                    walls.size(), walls.floors(), sizes(walls.circlesOfClasses()), sizes(walls.circlesOfPackages()));
            for (SortedSet<String> circle : walls.circlesOfClasses()) {
                System.out.printf("  %d: %s%n", circle.size(), String.join(" ", simple(circle)));
            }
        }
    }

    private static List<Integer> sizes(Collection<? extends Set<?>> circles) {
        return circles.stream().map(Set::size).toList();
    }

    private static List<String> simple(Set<String> names) {
        return names.stream().map(name -> name.substring(name.lastIndexOf('.') + 1)).toList();
    }

    /** Tarjan's strongly connected components, each after those that it uses. */
    private static final class Components {

        final List<SortedSet<String>> found = new ArrayList<>();
        private final Map<String, SortedSet<String>> graph;
        private final Map<String, Integer> index = new HashMap<>();
        private final Map<String, Integer> low = new HashMap<>();
        private final Deque<String> stack = new ArrayDeque<>();
        private final Set<String> onStack = new TreeSet<>();

        Components(Map<String, SortedSet<String>> graph) {
            this.graph = graph;
            graph.keySet().forEach(node -> {
                if (!index.containsKey(node)) {
                    visit(node);
                }
            });
        }

        private void visit(String node) {
            int number = index.size();
            index.put(node, number);
            low.put(node, number);
            stack.push(node);
            onStack.add(node);
            for (String next : graph.get(node)) {
                if (!graph.containsKey(next)) {
                    continue; // a class of others
                }
                if (!index.containsKey(next)) {
                    visit(next);
                    low.merge(node, low.get(next), Math::min);
                } else if (onStack.contains(next)) {
                    low.merge(node, index.get(next), Math::min);
                }
            }
            if (low.get(node) == number) {
                SortedSet<String> component = new TreeSet<>();
                String member;
                do {
                    member = stack.pop();
                    onStack.remove(member);
                    component.add(member);
                } while (!member.equals(node));
                found.add(component);
            }
        }
    }
}
