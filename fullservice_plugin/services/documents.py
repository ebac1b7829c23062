# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents as evidence: read with their size and SHA-256, kept in the store, so that no moved path loses them."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePath
from typing import Any, Union

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.store import negotiation as queries

# Documents are kept in the store up to this size; a larger one is refused in plain words.
LARGEST_BYTES = 64 * 1024 * 1024


def read_document(document: Union[str, Path, bytes], file_name: str = "") -> tuple[str, bytes]:
    """Return a document's plain file name and content; raise InputError when it cannot be kept."""
    name = PurePath(file_name.replace("\\", "/")).name
    if isinstance(document, bytes):
        content = document
    else:
        path = Path(document)
        name = name or path.name
        try:
            if path.stat().st_size > LARGEST_BYTES:
                raise _too_large(name)
            content = path.read_bytes()
        except OSError as error:
            raise InputError(
                "The document {file} cannot be read: {reason}.", file=str(path), reason=error.strerror or str(error)
            ) from None
    if not name:
        raise InputError("A document needs a file name.")
    if not content:
        raise InputError("The document {file} is empty.", file=name)
    if len(content) > LARGEST_BYTES:
        raise _too_large(name)
    return name, content


def inside(folder: Path, relative: str) -> Path:
    """Return a file of a folder by its relative path; raise InputError when the path leads out of the folder."""
    root = folder.resolve()
    path = (root / relative.replace("\\", "/")).resolve()
    if root != path and root not in path.parents:
        raise InputError("The document {file} lies outside the folder {folder}.", file=relative, folder=str(folder))
    return path


def attach(
    cur: Any, subject_kind: str, subject: str, kind: str, name: str, content: bytes, taken_at: Any = None
) -> str:
    """Keep a document on a subject and return its id; the same file on the same subject is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    return queries.insert_attachment(cur, subject_kind, subject, kind, name, digest, len(content), content, taken_at)


def _too_large(name: str) -> InputError:
    return InputError(
        "The document {file} is larger than {limit} MiB. Attach a smaller copy.",
        file=name,
        limit=LARGEST_BYTES // 1024 // 1024,
    )
