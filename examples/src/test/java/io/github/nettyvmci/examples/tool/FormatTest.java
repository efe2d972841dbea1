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

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.nettyvmci.zmtp.ZmtpMessage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.TypeConversionException;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** What is printed, and how values are read. */
class FormatTest {

    private static String print(Format format, String[]... messages) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Printer printer = new Printer(format, out);
        for (String[] message : messages) {
            ByteBuf[] parts = new ByteBuf[message.length];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = Unpooled.wrappedBuffer(message[i].getBytes(StandardCharsets.ISO_8859_1));
            }
            ZmtpMessage made = ZmtpMessage.of(parts);
            printer.print(made, 0);
            assertEquals(0, made.refCnt());
        }
        printer.flush();
        return out.toString(StandardCharsets.ISO_8859_1);
    }

    private static String[] message(String... parts) {
        return parts;
    }

    @Test
    void asciiShouldShowDots() {
        assertEquals("a.b.c~..\n", print(Format.ascii, message("a\nb\0c~\u007f\u00e9")));
    }

    @Test
    void rawShouldWriteOctetsUntouched() {
        assertEquals("a\n\0\u00ffb", print(Format.raw, message("a\n", "\0\u00ff"), message("b")));
    }

    @Test
    void quotedShouldEscape() {
        assertEquals("\"a\\\"\\\\\\n\\r\\t\\x00\\xff\"\n", print(Format.quoted, message("a\"\\\n\r\t\0\u00ff")));
    }

    @Test
    void hexShouldBeTwoDigitsAnOctet() {
        assertEquals("00ff61\n\n", print(Format.hex, message("\0\u00ffa"), message("")));
    }

    @Test
    void noneShouldPrintNothing() {
        assertEquals("", print(Format.none, message("a", "b"), message("c")));
    }

    @Test
    void singlePartsShouldBeLinesWithoutGaps() {
        assertEquals("a\n\nb\n", print(Format.ascii, message("a"), message(""), message("b")));
    }

    @Test
    void gapsShouldSetMultipartMessagesApart() {
        assertEquals("a\nb\n\nc\nd\n\ne\nf\n", print(Format.ascii, message("a", "b"), message("c", "d"),
                message("e", "f")));
    }

    @ParameterizedTest
    @CsvSource({"300ms, 300", "5s, 5000", "2m, 120000", "1.5s, 1500", "1h, 3600000", "0s, 0"})
    void durationsShouldHaveUnits(String text, long millis) {
        assertEquals(Duration.ofMillis(millis), new Converters.OfDuration().convert(text));
    }

    @ParameterizedTest
    @CsvSource({"5", "s", "-1s", "5 s", "5S", "1e3s", "''"})
    void otherDurationsShouldBeRefused(String text) {
        String message = assertThrows(TypeConversionException.class, () -> new Converters.OfDuration().convert(text))
                .getMessage();
        assertTrue(message.contains("expected: a duration such as 300ms, 5s or 2m"), message);
    }

    @Test
    void malformedKeysShouldNotBeRepeated() {
        String secret = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%c";
        String message = assertThrows(TypeConversionException.class, () -> new Converters.OfKey().convert(secret))
                .getMessage();
        assertTrue(message.contains("39 characters (expected: 40 characters of Z85)"), message);
        assertFalse(message.contains("ahhC"), message);
    }

    @Test
    void progressShouldTellHowFarItIs() {
        assertEquals("50 of 200 (25 %) messages, 1.5 MB, 10 a second, 5 s", Progress.line(50, 1_500_000, 10, 200, 5));
        assertEquals("7 messages, 12 B, 3 a second, 2 s", Progress.line(7, 12, 3.2, 0, 2));
    }
}
