"""Tiny ONNX models, written as protobuf messages field by field (onnx.proto3 of the ONNX project).

Field numbers and types are those of its ModelProto, GraphProto, NodeProto, AttributeProto,
ValueInfoProto and TensorProto; what runs them in the tests is ONNX Runtime.
"""

from __future__ import annotations

import numpy as np

Dim = int | str
FOURS = ("kernel_shape", "strides")


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _value(name: str, dims: tuple[Dim, ...]) -> bytes:
    shape = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d)) for d in dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, 1) + _bytes(2, shape)))


def ints(name: str, *values: int) -> bytes:
    return _bytes(1, name) + b"".join(_number(8, v) for v in values) + _number(20, 7)


def integer(name: str, value: int) -> bytes:
    return _bytes(1, name) + _number(3, value) + _number(20, 2)


def node(kind: str, given: str, made: str, *attributes: bytes) -> bytes:
    inputs = b"".join(_bytes(1, name) for name in given.split())
    return inputs + _bytes(2, made) + _bytes(4, kind) + b"".join(_bytes(5, a) for a in attributes)


def constant(name: str, values: np.ndarray) -> bytes:
    """Return an initializer of 32-bit floats."""
    dims = b"".join(_number(1, d) for d in values.shape)
    return dims + _number(2, 1) + _bytes(8, name) + _bytes(9, values.astype("<f4").tobytes())


def model(
    nodes: list[bytes],
    taken: tuple[Dim, ...],
    given: dict[str, tuple[Dim, ...]],
    constants: tuple[bytes, ...] = (),
) -> bytes:
    graph = b"".join(_bytes(1, each) for each in nodes) + _bytes(2, "tiny")
    graph += b"".join(_bytes(5, each) for each in constants)
    graph += _bytes(11, _value("pictures", taken))
    graph += b"".join(_bytes(12, _value(name, dims)) for name, dims in given.items())
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 13))


def means(batch: Dim = "n", high: Dim = 16, wide: Dim = 16) -> bytes:
    """Return a model that gives the means of 4 x 4 pixels of each channel: 48 numbers at 16 px."""
    return model(
        [
            node("AveragePool", "pictures", "small", *(ints(k, 4, 4) for k in FOURS)),
            node("Flatten", "small", "described", integer("axis", 1)),
        ],
        (batch, 3, high, wide),
        {"described": (batch, "d")},
    )


def always(values: list[float]) -> bytes:
    """Return a model that describes every picture by the same numbers."""
    return model(
        [
            node("GlobalAveragePool", "pictures", "one"),
            node("Flatten", "one", "three", integer("axis", 1)),
            node("Mul", "three nothing", "zero"),
            node("Add", "zero numbers", "described"),
        ],
        ("n", 3, 16, 16),
        {"described": ("n", 3)},
        (constant("nothing", np.zeros(3)), constant("numbers", np.array(values))),
    )


def logarithms() -> bytes:
    """Return a model that has no finite numbers for a picture that is dark anywhere."""
    return model(
        [node("Log", "pictures", "logs"), node("Flatten", "logs", "described", integer("axis", 1))],
        ("n", 3, 16, 16),
        {"described": ("n", "d")},
    )


def of_the_whole_batch() -> bytes:
    """Return a model that mixes up what it is given: one row for all pictures."""
    return model(
        [node("ReduceMean", "pictures", "described", ints("axes", 0, 1), integer("keepdims", 0))],
        ("n", 3, 16, 16),
        {"described": (16, 16)},
    )
