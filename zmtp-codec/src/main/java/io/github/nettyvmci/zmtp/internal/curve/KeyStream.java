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
package io.github.nettyvmci.zmtp.internal.curve;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * Makes the key stream of one direction of a connection, frame by frame. Peers count nonces up by one, so the streams
 * of the next frames can be made before the frames are there, many in one go: a batch. For small frames that is several
 * times as fast. A frame that comes out of order, or is longer than expected, has its stream, or the rest of it, made
 * when it comes.
 *
 * <p>Nothing is made ahead until frames of 64 blocks in all have followed one another. Whenever a batch was used up,
 * the next is twice as large, up to {@link Salsa20Lanes#LANES} blocks, with as many blocks for each frame as the last
 * frames needed on average; so at most about as much is made in vain as is used. A stream that loses its slot to
 * another connection waits for twice as many frames as the last time.
 *
 * <p>A nonce must not be used twice. All methods of one frame are called on one thread, in the order of this page.
 */
final class KeyStream {

    /** Octets of the first block that are the key of Poly1305; the message is encrypted with what follows. */
    private static final int MAC_KEY = 32;
    /** Blocks of frames in a row after which the first batch is made. */
    private static final int LEAST = 64;
    private static final int MOST = 1 << 16;
    /** Frames of more blocks are not made ahead: their own blocks are enough to be made together. */
    private static final int LONG_FRAME = Salsa20Lanes.LANES / 2;

    /** The state of Salsa20, which has the key in it. */
    private final int[] state = new int[16];

    // The batch made ahead: frames beginning with one nonce, each with as many blocks.
    private CurveScratch.@Nullable Slot slot;
    private long firstNonce;
    private int frames;
    private int blocksEach;
    /** The number of blocks that the batch was planned for, or 0 if there is none. */
    private int reach;

    // What was used since the last batch was made.
    private int usedFrames;
    private int usedBlocks;
    private long lastNonce;
    /** How many blocks must have been used in a row before a batch is made. */
    private int wanted = LEAST;

    // The frame at hand.
    private @Nullable CurveScratch scratch;
    private long nonce;
    private int blocks;
    private int position;
    private @Nullable Salsa20Lanes lanes;
    /** The first block of the frame that is made, and the one after the last; then the lane of the first. */
    private int fromBlock;
    private int toBlock;
    private int lane;
    private boolean sharedUsed;

    /** Sets the key of the direction, which is made of a shared key and the first 16 octets of the nonce. */
    void key(byte[] subKey) {
        forget();
        Salsa20.init(state, subKey);
    }

    /**
     * Begins a frame; {@link #end} must follow.
     *
     * @param nonce  the last 8 octets of the nonce as a number in network order
     * @param length octets that will be encrypted or decrypted
     */
    void begin(CurveScratch scratch, long nonce, int length) {
        this.scratch = scratch;
        this.nonce = nonce;
        blocks = (int) ((long) MAC_KEY + length + Salsa20.BLOCK - 1 >>> 6);
        position = MAC_KEY;
        if (isAhead()) {
            lanes = slot.lanes;
            fromBlock = 0;
            toBlock = Math.min(blocks, blocksEach);
            lane = (int) (nonce - firstNonce) * blocksEach;
        } else {
            make(0);
        }
        scratch.poly1305.init(lanes.word(lane, 0), lanes.word(lane, 2), lanes.word(lane, 4), lanes.word(lane, 6));
    }

    /** Tells whether the frame at hand is in a batch; makes the batch first if it is time for one. */
    private boolean isAhead() {
        if (reach != 0) {
            if (!slot.isOf(this, scratch)) {
                forget();
                wanted = Math.min(MOST, 2 * wanted);
            } else if (nonce - firstNonce >= 0 && nonce - firstNonce < frames) {
                return true;
            }
        }
        if (nonce != lastNonce + 1) {
            forget();
        }
        if (reach != 0) { // the batch is used up
            wanted = Math.max(LEAST, wanted / 2);
            return makeAhead(Math.min(2 * reach, Salsa20Lanes.LANES));
        }
        return usedBlocks >= wanted && makeAhead(LEAST);
    }

    private boolean makeAhead(int blocks) {
        int each = (usedBlocks + usedFrames - 1) / usedFrames;
        int most = Math.max(blocks, 2 * each);
        int count = most / each;
        forget();
        if (each > LONG_FRAME) {
            return false;
        }
        if (slot == null || !slot.isOf(this, scratch)) {
            slot = scratch.take(this);
        }
        slot.lanes.make(state, nonce, count, 0, each);
        firstNonce = nonce;
        frames = count;
        blocksEach = each;
        reach = most;
        return true;
    }

    private void forget() {
        usedFrames = 0;
        usedBlocks = 0;
        reach = 0;
    }

    /** Makes as many blocks of the frame at hand as there is room for. */
    private void make(int block) {
        int count = Math.min(Salsa20Lanes.LANES, blocks - block);
        lanes = scratch.lanes;
        lanes.make(state, nonce, 1, block, count);
        fromBlock = block;
        toBlock = block + count;
        lane = 0;
        sharedUsed = true;
    }

    /** Encrypts or decrypts the next octets; their number is a multiple of 64, except in the last call. */
    void crypt(byte[] data, int offset, int length) {
        int at = offset;
        int end = offset + length;
        while (at < end) {
            int block = position / Salsa20.BLOCK;
            if (block == toBlock) {
                make(block);
            }
            int now = Math.min(end - at, toBlock * Salsa20.BLOCK - position);
            lanes.xor(lane + block - fromBlock, position % Salsa20.BLOCK != 0, data, at, now);
            position += now;
            at += now;
        }
    }

    /** Ends the frame, however it went, and overwrites the blocks that were made for it alone. */
    void end() {
        if (sharedUsed) {
            scratch.lanes.wipe();
            sharedUsed = false;
        }
        lastNonce = nonce;
        usedFrames++;
        usedBlocks += blocks;
        if (usedBlocks > MOST) { // long frames, for which no batch is made
            usedFrames = 1;
            usedBlocks = blocks;
        }
        scratch = null;
        lanes = null;
    }

    /** Overwrites the key, and everything made ahead on this thread; see {@link CurveScratch#release}. */
    void close() {
        Arrays.fill(state, 0);
        forget();
        if (slot != null) {
            CurveScratch.release(slot, this);
            slot = null;
        }
    }
}
