"""Films: which parts of two films, or which moment of one and a photograph, show the same.

A film is looked at once (:mod:`strip`): fingerprints many times a second, keypoints now and then,
and thumbnails. Fingerprints or keypoints propose how the frame of one film lies in the frame of
another (:mod:`guesses`); under such a map all thumbnails of both are compared at once
(:mod:`agreement`), and moments that agree must lie on a line in time (:mod:`course`).
"""
