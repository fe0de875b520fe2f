"""Run by the peers' Python only: search with faiss, one thread, and print times and what was found.

    python faiss_search.py CODES.npy QUERIES.npy RADIUS FOUND.npz

Nothing of firsthand is imported here.
"""

import json
import sys
import time

import faiss
import numpy as np


def main(codes, queries, radius, target):
    faiss.omp_set_num_threads(1)
    kept, asked = np.load(codes), np.load(queries)
    start = time.process_time()
    index = faiss.IndexBinaryFlat(256)
    index.add(kept)
    built = time.process_time() - start
    # faiss finds what is nearer than its radius, so one more is asked for.
    start = time.process_time()
    limits, bits, places = index.range_search(asked, int(radius) + 1)
    taken = time.process_time() - start
    start = time.process_time()
    for query in asked[:20]:
        index.range_search(query[None], int(radius) + 1)
    single = (time.process_time() - start) / 20
    asking = np.repeat(np.arange(len(asked)), np.diff(limits).astype(int))
    order = np.lexsort((places, asking))
    np.savez(target, query=asking[order], item=places[order], bits=bits[order].astype(int))
    print(json.dumps({
        "version": faiss.__version__,
        "build_s": built,
        "ms_per_query": 1000 * taken / len(asked),
        "ms_per_single_query": 1000 * single,
    }))  # fmt: skip


main(*sys.argv[1:5])
