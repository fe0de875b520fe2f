"""What a model wants to be shown: from a small JSON file beside it, and from defaults.

``copies.onnx`` is described by ``copies.json``. What that file leaves out is assumed, and named in
:attr:`Settings.assumed`, so that a run can say what nobody stated.

References
----------
The defaults are those that the authors of SSCD recommend for their models (Pizzi et al., "A
Self-Supervised Descriptor for Image Copy Detection", CVPR 2022, arXiv:2202.10261; README of the
published code): 288 px, mean and standard deviation of ImageNet, pictures stretched to a square.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from firsthand.model.canonical import Json
from firsthand.model.errors import BadInput

FITS = ("stretch", "crop")
COLOURS = ("rgb", "bgr")
LAYOUTS = ("nchw", "nhwc")
_LARGEST_FILE = 1 << 16
_SIZES = range(16, 1025)


@dataclass(frozen=True, slots=True)
class Settings:
    """How pictures are prepared for a model.

    Attributes
    ----------
    size
        Side [px] of the square that the model is shown.
    fit
        ``stretch`` the picture to the square, or ``crop`` its middle.
    colour
        Order of the channels, ``rgb`` or ``bgr``.
    mean, std
        Of each channel in that order; values are 0 to 1 before they are taken off and divided by.
    layout
        ``nchw`` (channels first) or ``nhwc``.
    output
        Name of the output to read (ONNX), empty for the first.
    assumed
        Names of those that the file did not state. **Check them**: a wrong one costs links and
        says nothing.
    """

    size: int = 288
    fit: str = "stretch"
    colour: str = "rgb"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    layout: str = "nchw"
    output: str = ""
    assumed: tuple[str, ...] = ()

    def stated(self) -> Json:
        """Return all of it for the record of a run."""
        return {
            each.name: list(value) if isinstance(value, tuple) else value
            for each in fields(self)
            for value in [getattr(self, each.name)]
        }


NAMES = tuple(each.name for each in fields(Settings) if each.name != "assumed")


def beside(model: Path) -> Path:
    """Return where the settings of a model are looked for."""
    return model.with_suffix(".json")


def read(model: Path) -> Settings:
    """Return the settings of a model.

    Raises
    ------
    BadInput
        When the file beside the model cannot be read, is not JSON, or says something unknown.
    """
    path = beside(model)
    if path == model or not path.exists():
        return Settings(assumed=NAMES)
    try:
        raw = path.read_bytes()
        said = json.loads(raw) if len(raw) <= _LARGEST_FILE else None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read", why=str(error), hint=_HINT) from None
    if not isinstance(said, dict):
        raise BadInput(f"{path} does not describe a model", hint=_HINT)
    unknown = sorted(said.keys() - set(NAMES))
    if unknown:
        raise BadInput(f"{path} says {', '.join(unknown)}, which is unknown", hint=_HINT)
    kept = {name: _checked(path, name, value) for name, value in said.items()}
    return Settings(**kept, assumed=tuple(name for name in NAMES if name not in kept))


_HINT = f"a JSON object with some of: {', '.join(NAMES)}; see docs/howto/learned-matching.md"


def _checked(path: Path, name: str, value: object) -> Any:
    known = {"fit": FITS, "colour": COLOURS, "layout": LAYOUTS}
    if name in known:
        if value in known[name]:
            return value
        wanted = " or ".join(known[name])
    elif name == "size":
        if type(value) is int and value in _SIZES:
            return value
        wanted = f"a whole number of pixels, {_SIZES[0]} to {_SIZES[-1]}"
    elif name == "output":
        if isinstance(value, str):
            return value
        wanted = "the name of an output"
    else:
        least = 1e-6 if name == "std" else -math.inf
        if (
            isinstance(value, list)
            and len(value) == 3
            and all(type(v) in (int, float) and math.isfinite(v) and v >= least for v in value)
        ):
            return tuple(float(v) for v in value)
        wanted = "three numbers, one for each channel"
    raise BadInput(f"{path}: {name} is {value!r}"[:200], why=f"it must be {wanted}", hint=_HINT)
