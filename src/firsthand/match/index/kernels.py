"""Inner loops of the search: choosing words, scanning their codes, voting.

Plain loops over arrays; what they mean stands where they are called.
"""

# mypy: ignore-errors
# Numba's decorators have no types.

from __future__ import annotations

import numpy as np

from firsthand.media.compiled import compiled, ones

LEVELS = 64
TURNS, SIZES = 12, 16
"""Bins of changes of direction, and of size (one for each doubling)."""


@compiled
def nearest(coarse, first, with_fine, between, fine, word):
    """Fill in the nearest word of each keypoint among the coarse cells ``first``."""
    for at in range(len(coarse)):
        low = np.float32(np.inf)
        for cell in first[at]:
            best, which = np.float32(np.inf), 0
            for inner in range(256):
                far = fine[inner] - 2 * (with_fine[at, inner] - between[cell, inner])
                if far < best:
                    best, which = far, inner
            if coarse[at, cell] + best < low:
                low = coarse[at, cell] + best
                word[at] = cell * 256 + which


@compiled
def choose(coarse, first, with_fine, between, fine, sizes, budget, most, words, asked):
    """Fill in pairs of word and keypoint, the nearest words of each up to a budget of codes.

    Distances fall into levels between the nearest and the farthest word; whole levels are taken
    while there are neither more codes than ``budget`` nor more than ``most`` words, and always the
    first that has any code. Returns how many pairs there are, also when there is no room for all.
    """
    count = 0
    cells = first.shape[1]
    far = np.empty((cells, 256), np.float32)
    level = np.empty((cells, 256), np.uint8)
    own = np.empty(256, np.float32)
    load = np.empty(LEVELS, np.int64)
    held = np.empty(LEVELS, np.int64)
    for at in range(len(coarse)):
        for inner in range(256):
            own[inner] = fine[inner] - np.float32(2) * with_fine[at, inner]
        low, high = np.float32(np.inf), np.float32(-np.inf)
        for place in range(cells):
            cell = first[at, place]
            base = coarse[at, cell]
            for inner in range(256):
                far[place, inner] = base + own[inner] + np.float32(2) * between[cell, inner]
            for inner in range(256):
                low = min(low, far[place, inner])
                high = max(high, far[place, inner])
        # Square roots, so that the first levels hold few words.
        step = np.float32((LEVELS - 1) ** 2) / max(high - low, np.float32(1e-3))
        for place in range(cells):
            for inner in range(256):
                level[place, inner] = np.uint8(np.sqrt((far[place, inner] - low) * step))
        load[:] = 0
        held[:] = 0
        for place in range(cells):
            begin = first[at, place] * 256
            for inner in range(256):
                which = level[place, inner]
                load[which] += sizes[begin + inner]
                held[which] += sizes[begin + inner] > 0
        codes, lists, levels = 0, 0, 0
        while levels < LEVELS:
            codes += load[levels]
            lists += held[levels]
            if codes > load[levels] and (codes > budget or lists > most):
                break
            levels += 1
        for place in range(cells):
            begin = first[at, place] * 256
            for inner in range(256):
                if level[place, inner] < levels and sizes[begin + inner]:
                    if count < len(words):
                        words[count] = begin + inner
                        asked[count] = at
                    count += 1
    return count


@compiled
def scan(low, high, starts, words, asked, q_low, q_high, near, most, held, places, keys, bits):
    """Fill in the codes within ``near`` bits of each keypoint in the lists of its words.

    ``held`` counts those of each keypoint; beyond ``most`` they are not kept. Returns how many.
    """
    count = 0
    limit = np.uint64(near)
    for pair in range(len(words)):
        key = asked[pair]
        one, two = q_low[key], q_high[key]
        end = np.int64(starts[words[pair] + 1])
        at = np.int64(starts[words[pair]])
        while at < end:
            stop = min(at + 64, end)
            some = np.uint64(0)
            for place in range(at, stop):
                some += np.uint64(ones(low[place] ^ one) + ones(high[place] ^ two) <= limit)
            if some:
                for place in range(at, stop):
                    apart = ones(low[place] ^ one) + ones(high[place] ^ two)
                    if apart <= limit:
                        if held[key] < most and count < len(places):
                            places[count] = place
                            keys[count] = key
                            bits[count] = apart
                            count += 1
                        held[key] += 1
            at = stop
    return count


@compiled
def tally(pictures, keys, bits, worth, total):
    """Add the worth of each hit to its picture."""
    for at in range(len(pictures)):
        total[pictures[at]] += worth[keys[at], bits[at]]


@compiled
def binned(starts, sizes, turns, worth, top):
    """Fill in, for each run of hits, the greatest worth of one change of size and direction."""
    bins = np.zeros((SIZES, TURNS), np.float32)
    for run in range(len(starts) - 1):
        bins[:] = 0
        for at in range(starts[run], starts[run + 1]):
            row = min(max((sizes[at] + 128) // 16, 0), SIZES - 1)
            bins[row, turns[at] * TURNS // 256] += worth[at]
        best = np.float32(0)
        for row in range(SIZES - 1):
            for column in range(TURNS):
                # What lies at the border of two counts for both.
                right = (column + 1) % TURNS
                count = bins[row, column] + bins[row, right]
                best = max(best, count + bins[row + 1, column] + bins[row + 1, right])
        top[run] = best
