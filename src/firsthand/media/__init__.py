"""Pictures and films: decoding in limited children, fingerprints, exact Hamming search.

Nothing here decodes in the process that holds the case. Heavy modules are imported by those who
need them, so that a command which touches no picture stays quick.
"""
