# SPDX-License-Identifier: GPL-2.0-or-later
"""What a view of the map reads is known to the live map, so that its layers are redrawn; new sums are told."""

from __future__ import annotations

import select

READS = """
with recursive reads (view, relation) as (
    select %(view)s::regclass::oid, %(view)s::regclass::oid
    union
    select r.view, d.refobjid from reads r
    join pg_class c on c.oid = r.relation and c.relkind = 'v'
    join pg_rewrite w on w.ev_class = r.relation
    join pg_depend d on d.objid = w.oid and d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass
        and d.refobjid <> r.relation)
select distinct c.relname, c.relkind from reads r join pg_class c on c.oid = r.relation
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname in ('fullservice', 'fs_app')
"""
#: Read by a view through a function, which PostgreSQL does not note.
BY_FUNCTION = {"map_estate": {"area_package"}}
#: Tables that only lend a view its rights or a word, and change by hand of an administrator.
QUIET = {"staff", "competitor_operator", "org_unit", "estate", "plan"}


def test_every_view_of_the_map_is_redrawn_when_what_it_reads_changes(store_name):
    from fullservice_plugin.gis.layers import LAYERS
    from fullservice_plugin.gui.live import SUMS, VIEW_TABLES
    from fullservice_plugin.store.connection import Store

    # Masked people are shown as a table: no map draws them.
    views = {layer.table for layer in LAYERS if layer.schema == "fs_app" and layer.shape != "none"}
    assert set(VIEW_TABLES) == views
    with Store.connect({"service": store_name}) as store:
        for view in sorted(views):
            rows = store.rows(READS, {"view": f"fs_app.{view}"})
            reads = {name if kind == "r" else SUMS for name, kind in rows} | BY_FUNCTION.get(view, set())
            assert VIEW_TABLES[view] <= reads, view
            assert reads - VIEW_TABLES[view] <= QUIET, (view, reads)


def test_new_sums_are_told(store_name):
    from fullservice_plugin.gui.live import SUMS
    from fullservice_plugin.store.connection import Store

    with Store.connect({"service": store_name}) as hears, Store.connect({"service": store_name}) as makes:
        link = hears.connection
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("listen fullservice")
        makes.execute("select fs_app.refresh_aggregates()")
        assert select.select([link], [], [], 10.0)[0]
        link.poll()
        assert [notice.payload for notice in link.notifies] == [SUMS]
        link.autocommit = False
