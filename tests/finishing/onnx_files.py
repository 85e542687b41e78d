"""Writes ONNX files of a few nodes, by the field numbers of onnx.proto (github.com/onnx/onnx, ``onnx/onnx.proto``)."""

import math
import struct

FLOAT, INT, INTS, INT64 = 1, 2, 7, 7
POINTS = ((-1.0, -1.0), (1.0, -1.0), (0.0, 0.0), (-0.75, 1.0), (0.75, 1.0))
"""Where the detector below puts its landmarks, in cells of 8 pixels from the middle of a face."""
HALF = 2.0
"""Half the side of its boxes, in cells."""


def _varint(value):
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def message(*fields):
    """Return the bytes of a message: (number, whole number, text, bytes or message)."""
    found = b""
    for number, value in fields:
        if isinstance(value, int):
            found += _varint(number << 3) + _varint(value)
        else:
            data = value.encode() if isinstance(value, str) else value
            found += _varint(number << 3 | 2) + _varint(len(data)) + data
    return found


def node(kind, inputs, output, *attributes):
    return message(
        *((1, name) for name in inputs), (2, output), (3, output), (4, kind), *((5, one) for one in attributes)
    )


def ints(name, *values):
    return message((1, name), *((8, value) for value in values), (20, INTS))


def tensor(name, dims, values, kind=FLOAT):
    data = struct.pack(f"<{len(values)}{'f' if kind == FLOAT else 'q'}", *values)
    return message(*((1, dim) for dim in dims), (2, kind), (8, name), (9, data))


def value_info(name, dims):
    shape = message(*((1, message((1, dim))) for dim in dims))
    return message((1, name), (2, message((1, message((1, FLOAT), (2, shape))))))


def white_square_detector(width, height):
    """Return an ONNX file with YuNet's inputs and outputs that finds a face in each white cell of 8 by 8 pixels."""
    nodes, tensors, outputs = [], [], []
    for stride in (8, 16, 32):
        cells = (height // stride) * (width // stride)
        box = [0.5, 0.5, math.log(2 * HALF), math.log(2 * HALF)]
        points = [0.5 + edge for point in POINTS for edge in point]
        white = 40.0 if stride == 8 else 0.0
        for kind, bias, weight in (
            ("cls", [-0.9 * 40], white),
            ("obj", [-0.9 * 40], white),
            ("bbox", box, 0.0),
            ("kps", points, 0.0),
        ):
            name = f"{kind}_{stride}"
            values = [weight / (3 * stride**2 * 255)] * (len(bias) * 3 * stride**2)
            tensors += [
                tensor(f"{name}_w", (len(bias), 3, stride, stride), values),
                tensor(f"{name}_b", (len(bias),), bias),
                tensor(f"{name}_s", (3,), (1, -1, len(bias)), INT64),
            ]
            sides = ints("kernel_shape", stride, stride), ints("strides", stride, stride)
            nodes.append(node("Conv", ("input", f"{name}_w", f"{name}_b"), f"{name}_map", *sides))
            nodes.append(node("Transpose", (f"{name}_map",), f"{name}_last", ints("perm", 0, 2, 3, 1)))
            squashed = kind in ("cls", "obj")
            nodes.append(node("Reshape", (f"{name}_last", f"{name}_s"), f"{name}_flat" if squashed else name))
            if squashed:
                nodes.append(node("Sigmoid", (f"{name}_flat",), name))
            outputs.append(value_info(name, (1, cells, len(bias))))
    graph = message(
        *((1, one) for one in nodes), (2, "squares"), *((5, one) for one in tensors),
        (11, value_info("input", (1, 3, height, width))), *((12, one) for one in outputs),
    )  # fmt: skip
    return message((1, 8), (7, graph), (8, message((1, ""), (2, 13))))
