# SPDX-License-Identifier: GPL-2.0-or-later
"""An upgraded store is the same as a fresh one, from every released version, and keeps its rows.

``tests/data/releases/NNNN.sql.gz`` is the dump of a store of version NNNN with a small town in it, as that release
left it (``make release-dump``); the prefix of its roles reads ``storeprefix``.
"""

from __future__ import annotations

import gzip
import subprocess
from pathlib import Path

import pytest
from psycopg2 import sql

from fullservice_plugin.core.catalogue.model import ROLES
from fullservice_plugin.store import migrate, roles, versions
from fullservice_plugin.store.connection import Store

RELEASES = sorted((Path(__file__).resolve().parents[1] / "data" / "releases").glob("*.sql.gz"))

#: Everything of the catalogue that makes a store, without the names of its roles.
CENSUS = """
select 'column', format('%%s.%%s %%s %%s %%s %%s', n.nspname, c.relname, a.attname, format_type(a.atttypid,
a.atttypmod),
    a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = any(%(schemas)s) and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm')
union all select 'constraint', format('%%s %%s %%s', r.conrelid::regclass, r.conname, pg_get_constraintdef(r.oid))
from pg_constraint r join pg_namespace n on n.oid = r.connamespace where n.nspname = any(%(schemas)s)
union all select 'index', indexdef from pg_indexes where schemaname = any(%(schemas)s)
union all select 'trigger', format('%%s %%s', pg_get_triggerdef(t.oid), t.tgenabled) from pg_trigger t join
pg_class c on c.oid = t.tgrelid
join pg_namespace n on n.oid = c.relnamespace where n.nspname = any(%(schemas)s) and not t.tgisinternal
union all select 'policy', format('%%s %%s %%s %%s %%s %%s', schemaname, tablename, policyname, roles, qual, with_check)
from pg_policies where schemaname = any(%(schemas)s)
union all select 'security', format('%%s %%s %%s', c.oid::regclass, c.relrowsecurity, c.relforcerowsecurity)
from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = any(%(schemas)s) and c.relkind
in ('r', 'p')
union all select 'function', pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
where n.nspname = any(%(schemas)s)
union all select 'view', format('%%s %%s %%s', c.oid::regclass, c.reloptions, pg_get_viewdef(c.oid)) from pg_class c
join pg_namespace n on n.oid = c.relnamespace where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'm')
union all select 'right', format('%%s %%s %%s', n.nspname, c.relname, x.acl::text) from pg_class c
join pg_namespace n on n.oid = c.relnamespace, unnest(c.relacl) as x(acl) where n.nspname = any(%(schemas)s)
union all select 'column right', format('%%s %%s %%s', c.oid::regclass, a.attname, x.acl::text) from pg_attribute a
join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace, unnest(a.attacl) as x(acl)
where n.nspname = any(%(schemas)s)
union all select 'comment', format('%%s %%s %%s', d.objoid::regclass, d.objsubid, d.description) from pg_description d
join pg_class c on c.oid = d.objoid and d.classoid = 'pg_class'::regclass join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any(%(schemas)s)
order by 1, 2"""


#: Rows of all tables together, figures of the day aside.
ROWS = """
select sum((xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I.%I', schemaname, tablename), false,
                                                true, '')))[1]::text::int)
from pg_tables where schemaname in ('fullservice', 'fs_pii') and tablename not like 'indicator%'"""


def census(store) -> list[tuple[str, str]]:
    found = store.rows(CENSUS, {"schemas": list(migrate.SCHEMAS)})
    prefix = store.value("select current_database()::text")
    return sorted((kind, text.replace(prefix, "<store>")) for kind, text in found)


def released(databases, path: Path) -> dict[str, str]:
    """A database as the release left it; libpq keywords of its owner."""
    name = databases.create()
    dsn = {"host": str(databases.cluster.sockets), "dbname": name, "user": "fs_owner"}
    with Store.connect(dsn) as store:
        for role in ("owner", *ROLES):
            store.execute(sql.SQL("create role {} nologin").format(sql.Identifier(roles.role_name(name, role))))
        for extension in roles.EXTENSIONS:
            store.execute(sql.SQL("create extension {}").format(sql.Identifier(extension)))
        store.execute(sql.SQL("grant create on database {} to {}").format(
            sql.Identifier(name), sql.Identifier(name + "_owner")))
    text = gzip.decompress(path.read_bytes()).decode("utf-8").replace("storeprefix", name)
    text = text.replace("SET row_security = off;", "")  # foreign keys are checked as the owner, whom it binds
    done = subprocess.run([str(databases.cluster.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", dsn["host"],
                           "-U", "fs_owner", "-d", name], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return dsn


def test_every_released_version_has_its_dump():
    """The newest version may still be in the making; all before it are kept."""
    assert [int(path.name[:4]) for path in RELEASES] == [number for number, _ in versions.files()][:-1]


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.name[:4])
def test_upgraded_is_fresh(databases, path):
    fresh = {"host": str(databases.cluster.sockets), "dbname": databases.create(), "user": "fs_owner"}
    old = released(databases, path)
    with Store.connect(fresh) as new, Store.connect(old) as store:
        migrate.install(new)
        before = store.value(ROWS)
        version = store.version()
        done = migrate.install(store)
        assert done.applied == tuple(n for n, _ in versions.files() if n > version) and done.rebuilt
        assert store.value(ROWS) == before > 300
        wanted, found = census(new), census(store)
        assert found == wanted, (sorted(set(wanted) - set(found))[:5], sorted(set(found) - set(wanted))[:5])
        assert len(wanted) > 2000
        row = store.rows("select id::text, row_version from fullservice.building order by fid limit 1")[0]
        store.execute("update fullservice.building set name = 'after', edit_base = %s where id = %s", row[::-1])
        assert store.value("select count(*) from fs_audit.log where row_id = %s and op = 'U'", (row[0],)) == 1


def test_a_released_migration_is_never_edited(databases):
    """What a released store was made from is what lies in the plugin: the dumps carry the hashes."""
    for path in RELEASES:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
        block = text.split("COPY fs_meta.migration ")[1].split("\n\\.")[0].splitlines()[1:]
        known = dict(line.split("\t")[:2] for line in block)
        for number, file in versions.files():
            if str(number) in known:
                assert migrate._digest(file.read_bytes()) == known[str(number)], file.name
