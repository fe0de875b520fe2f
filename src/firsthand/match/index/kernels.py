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
def choose(coarse, first, with_fine, between, fine, sizes, budget, cost, words, asked):
    """Fill in pairs of word and keypoint, the nearest words up to a budget of codes for each.

    Distances fall into some levels between the nearest and the farthest word; whole levels are
    taken while the budget lasts, the first at least. Returns how many pairs, or minus how many
    there would be when there is no room for them.
    """
    count = 0
    wide = first.shape[1] * 256
    far = np.empty(wide, np.float32)
    load = np.empty(LEVELS, np.int64)
    for at in range(len(coarse)):
        low, high = np.float32(np.inf), np.float32(-np.inf)
        for place in range(first.shape[1]):
            cell = first[at, place]
            for inner in range(256):
                value = (
                    coarse[at, cell]
                    + fine[inner]
                    - 2 * (with_fine[at, inner] - between[cell, inner])
                )
                far[place * 256 + inner] = value
                low, high = min(low, value), max(high, value)
        # Squares, so that the first levels hold few words.
        step = np.float32(LEVELS * LEVELS) / max(high - low, np.float32(1e-3))
        load[:] = 0
        for place in range(wide):
            word = first[at, place // 256] * 256 + place % 256
            if sizes[word]:
                level = min(np.int64(np.sqrt((far[place] - low) * step)), LEVELS - 1)
                load[level] += sizes[word] + cost
        total, levels = 0, 0
        while levels < LEVELS and (total == 0 or total + load[levels] <= budget):
            total += load[levels]
            levels += 1
        for place in range(wide):
            word = first[at, place // 256] * 256 + place % 256
            if sizes[word] and np.int64(np.sqrt((far[place] - low) * step)) < levels:
                if count < len(words):
                    words[count] = word
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
