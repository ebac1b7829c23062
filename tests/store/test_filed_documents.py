# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents filed as evidence: what they are, and that they stay."""

from __future__ import annotations

import hashlib

import pytest

from fullservice_plugin.core.errors import TransitionError


def test_a_filed_document_is_what_its_bytes_are_and_is_never_exchanged(town):
    person = town.login("customer_manager")
    talk_id = person.value(
        "insert into fullservice.negotiation (building_id) values (%s) returning id::text", (town.ids["HEL-B0"],)
    )
    row = person.value(
        "insert into fullservice.attachment (subject_kind, subject_id, kind, file_name, sha256, content) values "
        "('negotiation', %s, 'photo', 'a.jpg', %s, %s) returning id::text",
        (talk_id, "0" * 64, b"the real bytes"),
    )
    stored = person.rows("select sha256, size_bytes from fullservice.attachment where id = %s", (row,))
    assert stored == [(hashlib.sha256(b"the real bytes").hexdigest(), 14)], "a hash that was typed in does not count"
    for change in ("content = 'other'", "sha256 = repeat('1', 64)", "kind = 'agreement'", "content = null"):
        with pytest.raises(TransitionError, match="never exchanged"):
            person.execute(f"update fullservice.attachment set {change}, edit_base = row_version where id = %s", (row,))
    person.execute("update fullservice.attachment set file_name = 'b.jpg', edit_base = row_version where id = "
                   "%s", (row,))
