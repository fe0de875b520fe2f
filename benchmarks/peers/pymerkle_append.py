"""Run by the peers' Python only: append leaves to pymerkle's trees and print speeds and root.

    python pymerkle_append.py COUNT LEAF_BYTES DURABLE_COUNT

pymerkle is GPL: firsthand never imports it, and nothing of firsthand is imported here.
"""

import hashlib
import json
import os
import sys
import tempfile
import time

from pymerkle import InmemoryTree, SqliteTree


def leaf(number, size):
    seed = hashlib.sha256(b"%d" % number).digest()
    return (seed * (size // 32 + 1))[:size]


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def main(count, size, durable):
    leaves = [leaf(number, size) for number in range(count)]
    tree = InmemoryTree(algorithm="sha256")

    def memory():
        for each in leaves:
            tree.append_entry(each)

    found = {"memory": timed(memory), "root": tree.get_state().hex()}
    with tempfile.TemporaryDirectory(prefix="bench-pymerkle-") as folder:
        with SqliteTree(os.path.join(folder, "one.db"), algorithm="sha256") as store:

            def one_by_one():
                for each in leaves[:durable]:
                    store.append_entry(each)

            found["sqlite_1"] = timed(one_by_one)
        for group in (100, 1000):
            with SqliteTree(os.path.join(folder, f"{group}.db"), algorithm="sha256") as store:
                part = leaves[: 20 * group]

                def bulk(store=store, group=group, part=part):
                    for start in range(0, len(part), group):
                        store.append_entries(part[start : start + group], chunksize=group)

                found[f"sqlite_{group}"] = timed(bulk)
    print(json.dumps(found))


main(*map(int, sys.argv[1:4]))
