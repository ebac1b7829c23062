# SPDX-License-Identifier: GPL-2.0-or-later
"""Exclusive days of a building: kept as typed, open where nothing is said, cut to the agreement, told if they clash."""

from __future__ import annotations

import itertools
from datetime import date

import psycopg2
import pytest

from fullservice_plugin.core.errors import InputError
from fullservice_plugin.gui.refusals import refusal
from fullservice_plugin.i18n import translate
from fullservice_plugin.services.form_rows import exclusive_days
from fullservice_plugin.store.history import restore

DAYS = (None, date(2025, 6, 1), date(2026, 1, 1), date(2026, 7, 1), date(2028, 12, 31), date(2030, 1, 1))
NEW = ("insert into fullservice.agreement (number, signed_on, valid_from, valid_to, exclusivity, status, estate_id) "
       "values (%s, '2026-01-01', %s, %s, 'marketing', 'active', %s) returning id::text")
COVER = ("insert into fullservice.agreement_building (agreement_id, building_id, exclusive_from, exclusive_to) "
         "values (%s, %s, %s, %s) returning fid, id::text")
CHANGE = ("update fullservice.agreement_building set exclusive_from = %s, exclusive_to = %s, edit_base = row_version "
          "where fid = %s")
STORED = ("select exclusive_from, exclusive_to, case when lower_inf(exclusive_period) then null else "
          "lower(exclusive_period) end, upper(exclusive_period) - 1, exclusive_period is null, "
          "upper_inf(exclusive_period) from fullservice.agreement_building where fid = %s")


def covered(town, number, first, last, building, begin=None, end=None):
    """An exclusive agreement and its row of a building: (fid, id)."""
    with town.store.transaction() as cur:
        cur.execute(NEW, (number, first, last, town.ids["HEL-E"]))
        cur.execute(COVER, (cur.fetchone()[0], town.ids[building], begin, end))
        return cur.fetchone()


@pytest.mark.parametrize("ends", [(date(2026, 1, 1), date(2028, 12, 31)), (date(2026, 1, 1), None)])
def test_the_days_are_kept_and_cut_to_the_agreement(town, ends):
    first, last = ends
    fid, _ = covered(town, f"X-{last}", first, last, "HEL-B0" if last else "HEL-B1")
    for begin, end in itertools.product(DAYS, DAYS):
        if begin and end and end < begin:
            with pytest.raises(InputError, match=r"Exclusive to \(included\) cannot be before Exclusive from"):
                town.store.execute(CHANGE, (begin, end, fid))
            continue
        town.store.execute(CHANGE, (begin, end, fid))
        kept_from, kept_to, lower, upper, none, endless = town.store.rows(STORED, (fid,))[0]
        assert (kept_from, kept_to) == (begin, end), "what was typed is what is stored"
        low = max(first, begin or first)
        high = min(last or date.max, end or date.max)
        if high < low:
            assert none and exclusive_days(town.store, fid) is None
        else:
            assert lower == low and endless == (high == date.max)
            assert endless or upper == high
            assert exclusive_days(town.store, fid) == (str(low), "" if endless else str(high))


def test_an_overlap_is_told_with_its_days_and_a_gap_of_a_day_is_none(town):
    covered(town, "Y-1", date(2026, 1, 1), date(2026, 12, 31), "HEL-B2", end=date(2026, 6, 30))
    with pytest.raises(InputError) as caught:
        covered(town, "Y-2", date(2026, 6, 30), date(2027, 6, 30), "HEL-B2")
    assert caught.value.text() == ("Another agreement is exclusive in this building from 2026-01-01 until 2026-06-30, "
                                   "that day included.")
    assert "自 2026-01-01 至 2026-06-30（含当日）" in translate(caught.value.template, "zh", **caught.value.values)
    fid, _ = covered(town, "Y-3", date(2026, 7, 1), None, "HEL-B2")
    with pytest.raises(psycopg2.Error) as raw, town.store.connection.cursor() as cursor:
        cursor.execute(NEW, ("Y-4", date(2026, 8, 1), None, town.ids["HEL-E"]))
        cursor.execute(COVER, (cursor.fetchone()[0], town.ids["HEL-B2"], None, None))
    town.store.connection.rollback()
    said = refusal(f"PostGIS error: ERROR:  {raw.value}")  # as QGIS hands it over
    assert said is not None and "from 2026-07-01, without an end" in said.text()
    assert town.store.value("select upper_inf(exclusive_period) from fullservice.agreement_building where fid = %s",
                            (fid,))


def test_an_earlier_version_comes_back_with_its_days(town):
    fid, row = covered(town, "Z-1", date(2026, 1, 1), date(2026, 12, 31), "ESP-B0", date(2026, 2, 1), date(2026, 3, 1))
    town.store.execute(CHANGE, (None, None, fid))
    assert exclusive_days(town.store, fid) == ("2026-01-01", "2026-12-31")
    restore(town.store, row, 1, 2)
    assert exclusive_days(town.store, fid) == ("2026-02-01", "2026-03-01")
    assert town.store.rows(STORED, (fid,))[0][:2] == (date(2026, 2, 1), date(2026, 3, 1))
