# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything of the catalogue that makes a store: columns, constraints, triggers, policies, rights, functions.

Two stores of one version have the same census, whatever their names. An installation records it, a check compares.
"""
from __future__ import annotations

import hashlib
import json
import re
from typing import Any

SCHEMAS = ("fullservice", "fs_app", "fs_audit", "fs_pii", "fs_meta")
_KEY = "census"
#: Months come and go: their tables are looked at as partitions, not one by one.
_MONTH = r"_\d{4}_\d{2}$"

_QUERIES = {
    "column": """
        select c.oid::regclass || '.' || a.attname, format('%%s %%s %%s', format_type(a.atttypid, a.atttypmod),
            a.attnotnull, coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where n.nspname = any(%(schemas)s) and a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm')
          and c.relname !~ %(month)s""",
    "constraint": """
        select r.conrelid::regclass || '.' || r.conname, pg_get_constraintdef(r.oid) || case when r.convalidated then ''
            else ' NOT VALID' end
        from pg_constraint r join pg_namespace n on n.oid = r.connamespace join pg_class c on c.oid = r.conrelid
        where n.nspname = any(%(schemas)s) and c.relname !~ %(month)s""",
    "index": """
        select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) || case when i.indisvalid then '' else
            ' INVALID' end
        from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any(%(schemas)s) and c.relname !~ %(month)s""",
    "trigger": """
        select t.tgrelid::regclass || '.' || t.tgname, format('%%s %%s', pg_get_triggerdef(t.oid),
            case t.tgenabled when 'O' then 'enabled' when 'A' then 'enabled' else 'disabled' end)
        from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any(%(schemas)s) and not t.tgisinternal and c.relname !~ %(month)s""",
    "policy": """
        select format('%%s.%%s.%%s', schemaname, tablename, policyname), format('%%s %%s %%s %%s %%s',
            permissive, roles,
            cmd, qual, with_check)
        from pg_policies where schemaname = any(%(schemas)s)""",
    "row security": """
        select c.oid::regclass::text, format('%%s %%s', c.relrowsecurity, c.relforcerowsecurity)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any(%(schemas)s) and c.relkind in ('r', 'p') and c.relname !~ %(month)s""",
    "function": """
        select p.oid::regprocedure::text, pg_get_functiondef(p.oid) from pg_proc p
        join pg_namespace n on n.oid = p.pronamespace where n.nspname = any(%(schemas)s)""",
    "view": """
        select c.oid::regclass::text, format('%%s %%s', c.reloptions, pg_get_viewdef(c.oid)) from pg_class c
        join pg_namespace n on n.oid = c.relnamespace where n.nspname = any(%(schemas)s) and c.relkind in ('v', 'm')""",
    "right": """
        select format('%%s to %%s', x.thing, coalesce(nullif(x.grantee, 0)::regrole::text, 'public')),
            string_agg(x.privilege_type, ' ' order by x.privilege_type)
        from (
            select c.oid::regclass::text as thing, acl.* from pg_class c join pg_namespace n on n.oid = c.relnamespace,
                aclexplode(c.relacl) as acl where n.nspname = any(%(schemas)s) and c.relname !~ %(month)s
            union all
            select c.oid::regclass || '.' || a.attname, acl.* from pg_attribute a join pg_class c on c.oid = a.attrelid
                join pg_namespace n on n.oid = c.relnamespace, aclexplode(a.attacl) as acl
                where n.nspname = any(%(schemas)s)
            union all
            select p.oid::regprocedure::text, acl.* from pg_proc p join pg_namespace n on n.oid = p.pronamespace,
                aclexplode(p.proacl) as acl where n.nspname = any(%(schemas)s)
            union all
            select n.nspname, acl.* from pg_namespace n, aclexplode(n.nspacl) as acl where n.nspname = any(%(schemas)s)
        ) x group by 1""",
}


def take(cur: Any, prefix: str) -> dict[str, dict[str, str]]:
    """What is there now: kind → name → definition, without the prefix of the store's roles."""
    found: dict[str, dict[str, str]] = {}
    mark = re.compile(r"(?<!\w)" + re.escape(prefix) + "_")  # a whole word: a store may be called what ends another
    cur.execute("select current_setting('search_path')")
    before = cur.fetchone()[0]
    cur.execute("select set_config('search_path', 'pg_catalog', true)")  # definitions then name every schema
    for kind, query in _QUERIES.items():
        cur.execute(query, {"schemas": list(SCHEMAS), "month": _MONTH})
        found[kind] = {mark.sub("<store>_", name): mark.sub("<store>_", text) for name, text in cur.fetchall()}
    cur.execute("select set_config('search_path', %s, true)", (before,))
    return found


def short(census: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The same with hashes in place of the definitions."""
    return {kind: {name: hashlib.sha256(text.encode()).hexdigest()[:16] for name, text in entries.items()}
            for kind, entries in census.items()}


def record(cur: Any, prefix: str) -> None:
    """Keep the census of a store that has just been made or rebuilt."""
    cur.execute("insert into fs_meta.setting (key, value) values (%s, %s) on conflict (key) do update set "
                "value = excluded.value", (_KEY, json.dumps(short(take(cur, prefix)))))


def recorded(cur: Any) -> dict[str, dict[str, str]]:
    """The census kept at the last installation; empty when there is none."""
    cur.execute("select value from fs_meta.setting where key = %s", (_KEY,))
    row = cur.fetchone()
    return dict(row[0]) if row else {}
