# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever was raised, as one of our typed errors: the last net before the user."""

from __future__ import annotations

import errno

from fullservice_plugin.core.errors import FullServiceError, OutputError, SolverError


def typed(error: Exception) -> FullServiceError:
    """Return the typed error for any exception: the database's, the system's, or one that nobody foresaw."""
    if isinstance(error, FullServiceError):
        return error
    if type(error).__module__.split(".")[0] == "psycopg2":
        import psycopg2

        from fullservice_plugin.store.errors import mapped

        if isinstance(error, psycopg2.Error):
            return mapped(error)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OutputError("The disk is full: {file} was not written. Make room and run again.",
                           file=error.filename or "?")
    if isinstance(error, OSError) and error.errno is not None:
        return OutputError("{file} cannot be used: {reason}. Nothing was kept; choose another file or folder.",
                           file=error.filename or "?", reason=error.strerror or str(error))
    if isinstance(error, MemoryError):
        return SolverError("There is not enough memory for this much data. Nothing was kept; take a smaller area.")
    return SolverError(
        "The program failed where it should not: {kind}: {reason}. Nothing was kept. Please report it with the "
        "message log.", kind=type(error).__name__, reason=str(error) or "-")
