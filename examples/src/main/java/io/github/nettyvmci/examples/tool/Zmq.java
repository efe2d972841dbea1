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
package io.github.nettyvmci.examples.tool;

import io.github.nettyvmci.transport.Vmci;
import io.github.nettyvmci.zmq.ZmqContext;
import io.github.nettyvmci.zmq.ZmqSocketType;
import io.netty.util.Version;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.ParameterException;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * ZeroMQ sockets from the command line, to debug and to measure.
 *
 * <p>Shows: every type of socket of {@code zmq-sockets}, used by blocking calls.
 *
 * <p>Run: {@code script/zmq TYPE (--bind EP | --connect EP)... [options]}; {@code script/zmq --help} prints the rest.
 *
 * <p>Prints: the messages that arrive, and on standard error the errors. Ends with 0 if done or ended by a signal, 1 if
 * it failed, 2 if called wrongly, 3 if a time was up.
 */
public final class Zmq {

    /** Tests give more time to a machine that may be busy. */
    private static final int SLOWNESS = Integer.getInteger("zmq.slowness", 1);
    /** How long a signal waits for the command to end, so that the whole end takes a second at most. */
    private static final long PATIENCE_MILLIS = 550L * SLOWNESS;
    /** How long the endpoints of a command that an interrupt did not end may take to close. */
    private static final long ABANDON_MILLIS = 250L * SLOWNESS;

    /** The root logger, kept in a field so that the garbage collector does not take it with its level. */
    private static final Logger ROOT = Logger.getLogger("");

    private Zmq() {
    }

    /**
     * Runs one command and ends the virtual machine. A signal ends the command cleanly, with status 0.
     *
     * @param args a command and its options
     */
    public static void main(String[] args) {
        ROOT.setLevel(Level.OFF); // the libraries log with stack traces, which only --verbose should show
        Thread worker = Thread.currentThread();
        CountDownLatch over = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            if (over.getCount() == 0) {
                return; // the command ended by itself
            }
            worker.interrupt();
            try {
                if (!over.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                    Session.abandon(ABANDON_MILLIS); // the command may be stuck in a write to a pipe nobody reads
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt(); // cannot happen: no code interrupts this thread
            }
            Runtime.getRuntime().halt(0); // a command that is stopped has done what was wanted of it
        }, "zmq-signal"));
        // System.out would convert and lock. script/zmq sets zmq.progress, since it knows whether there is a terminal.
        Streams streams = new Streams(new FileInputStream(FileDescriptor.in), new FileOutputStream(FileDescriptor.out),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                Boolean.getBoolean("zmq.progress"));
        int status = run(streams, args);
        over.countDown();
        System.exit(status);
    }

    /**
     * Runs one command in the calling thread; an interrupt ends it like a signal.
     *
     * @return the exit status
     */
    static int run(Streams streams, String... args) {
        Subcommand command = null;
        try {
            command = command(streams, args);
            if (command == null) {
                return 0;
            }
            String[] rest = Arrays.copyOfRange(args, 1, args.length);
            CommandLine line = commandLine(command, args[0]);
            line.parseArgs(rest);
            if (line.isUsageHelpRequested()) {
                usage(line, streams);
                return 0;
            }
            if (command.verbose()) {
                ROOT.setLevel(Level.WARNING);
            }
            command.run(streams);
            return 0;
        } catch (InterruptedException e) {
            return 0; // a signal or the caller ended the command
        } catch (ParameterException e) {
            streams.line(e.getMessage() + "; see script/zmq " + args[0] + " --help");
            return Failure.USAGE;
        } catch (Failure e) {
            if (e.getMessage() != null) {
                streams.line(e.getMessage());
            }
            trace(e, command, streams);
            return e.status;
        } catch (RuntimeException | Error e) {
            streams.line("unexpected: " + e + " (expected: no such thing); --verbose shows where");
            trace(e, command, streams);
            return Failure.RUN;
        }
    }

    private static void trace(Throwable e, Subcommand command, Streams streams) {
        if (command != null && command.verbose() && e.getCause() != null) {
            e.printStackTrace(streams.err());
        }
    }

    /** Returns the command of a first word, {@code null} if it was a call for help. */
    private static Subcommand command(Streams streams, String[] args) {
        if (args.length == 0) {
            throw new Failure(Failure.USAGE, "no command (expected: " + commands() + "); see script/zmq --help");
        }
        switch (args[0]) {
            case "--help", "-h", "help" -> {
                print(streams, HelpText.TEXT);
                return null;
            }
            case "--version" -> {
                print(streams, versions());
                return null;
            }
            case "proxy" -> {
                return new ProxyCommand();
            }
            case "keygen" -> {
                return new KeygenCommand();
            }
            case "probe" -> {
                return new ProbeCommand();
            }
            default -> {
                ZmqSocketType type = args[0].equals(args[0].toLowerCase(Locale.ROOT)) ? TypeNames.find(args[0]) : null;
                if (type != null) {
                    return new SocketCommand(type);
                }
                for (PerfCommand.Kind kind : PerfCommand.Kind.values()) {
                    if (kind.name().equals(args[0])) {
                        return new PerfCommand(kind);
                    }
                }
                throw new Failure(Failure.USAGE, "type: " + args[0] + " (expected: " + commands()
                        + "); see script/zmq --help");
            }
        }
    }

    /** Returns the versions that a report of a fault should name. */
    private static String versions() {
        return "zmq " + ZmqContext.version() + "\n"
                + "netty-transport-vmci " + Vmci.version() + "\n"
                + "Netty " + Version.identify().get("netty-common").artifactVersion() + "\n"
                + "Java " + Runtime.version() + ", " + System.getProperty("os.name") + ' '
                + System.getProperty("os.version") + ' ' + System.getProperty("os.arch") + "\n";
    }

    private static String commands() {
        return Arrays.stream(ZmqSocketType.values()).map(TypeNames::of).collect(Collectors.joining(", "))
                + ", local_thr, remote_thr, local_lat, remote_lat, proxy, keygen or probe";
    }

    private static CommandLine commandLine(Subcommand command, String word) {
        CommandLine line = new CommandLine(command);
        line.setCommandName("script/zmq " + word);
        line.setExpandAtFiles(false); // --data @name sends that text, not a file
        line.setAllowOptionsAsOptionParameters(true); // --data --echo sends that text; a key may begin with -h
        if (command instanceof SocketCommand) {
            line.getCommandSpec().usageMessage()
                    .customSynopsis("script/zmq " + word + " (--bind EP | --connect EP)... [options]")
                    .header(HelpText.about(TypeNames.find(word)), "").footer(HelpText.FOOTER);
        }
        return line;
    }

    private static void usage(CommandLine line, Streams streams) {
        PrintWriter writer = new PrintWriter(streams.out(), false, StandardCharsets.UTF_8);
        line.usage(writer, Help.Ansi.OFF);
        writer.flush();
    }

    private static void print(Streams streams, String text) {
        PrintWriter writer = new PrintWriter(streams.out(), false, StandardCharsets.UTF_8);
        writer.print(text);
        writer.flush();
    }
}
