# SPDX-License-Identifier: GPL-2.0-or-later
"""Optional numba: kernels are written once, compiled where numba is installed, interpreted on plain lists where not.

A kernel takes only flat arrays and scalars and works on integers, so both ways give the same result bit for bit.
The environment variable ``FULLSERVICE_NO_NUMBA=1`` switches the compiled path off.
"""
from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, Any, Callable, TypeVar

import numpy as np

try:
    if os.environ.get("FULLSERVICE_NO_NUMBA", "") not in ("", "0"):
        raise ImportError("numba switched off")
    with warnings.catch_warnings():  # llvmlite 0.39 reads its library through a function that Python 3.11 deprecates
        warnings.simplefilter("ignore", DeprecationWarning)
        import numba
    HAS_NUMBA = True
except ImportError:
    numba = None
    HAS_NUMBA = False

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]
else:
    Array = np.ndarray

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def kernel(function: Kernel) -> Kernel:
    """Compile ``function`` with numba where it is present; otherwise return it unchanged.

    The machine code is cached beside the module, or not at all where that folder cannot be written. It works on its
    own arrays only and lets other threads go on, so that a window stays alive while it runs.
    """
    if not HAS_NUMBA:
        return function
    try:
        return numba.njit(cache=True, nogil=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # numba finds no folder it may write its cache to
        return numba.njit(nogil=True)(function)  # type: ignore[no-any-return]


def native(array: Array) -> Any:
    """The form a kernel reads fastest: the array itself for numba, a list for the interpreter (5 times faster)."""
    return array if HAS_NUMBA else array.tolist()


def ints(values: Any) -> Array:
    """A contiguous int64 array."""
    return np.ascontiguousarray(values, dtype=np.int64)
