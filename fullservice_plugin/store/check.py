# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether a store is still what was installed, and whether anything in it needs a hand."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from psycopg2 import sql

from fullservice_plugin.core.catalogue.fields import TABLES
from fullservice_plugin.core.progress import SILENT, Progress
from fullservice_plugin.store import census, hierarchy, manifest, roles

ERROR, WARNING = "error", "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the rule, how bad, what it is about, and an English sentence with its values."""

    rule: str
    severity: str
    feature: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict)


def catalogue(cur: Any) -> list[Finding]:
    """Compare the database's catalogue with what the last installation left."""
    known = census.recorded(cur)
    if not known:
        return [Finding("census", WARNING, "", "The store does not say what was installed. Run createstore with "
                                               "UPGRADE.")]
    prefix = roles.prefix_of(cur)
    now = census.short(census.take(cur, prefix))
    found: list[Finding] = []
    for kind, entries in known.items():
        live = now.get(kind, {})
        found += [_changed(kind, name, "missing") for name in sorted(set(entries) - set(live))]
        found += [_changed(kind, name, "changed") for name in sorted(set(entries) & set(live))
                  if entries[name] != live[name]]
        found += [_changed(kind, name, "added") for name in sorted(set(live) - set(entries))]
    return [Finding(f.rule, f.severity, f.feature.replace("<store>", prefix), f.template, f.values) for f in found]


_SENTENCES = {
    "missing": "{kind} {name} is missing. Run createstore with UPGRADE to make it again, and find out who removed it.",
    "changed": "{kind} {name} is not what was installed. Run createstore with UPGRADE, and find out who changed it.",
    "added": "{kind} {name} was not made by the store. Remove it if nobody needs it.",
}


def _changed(kind: str, name: str, what: str) -> Finding:
    grave = what != "added" or kind in ("policy", "right", "trigger")
    return Finding(f"{kind} {what}", ERROR if grave else WARNING, name, _SENTENCES[what], {"kind": kind, "name": name})


def rows(cur: Any, progress: Progress = SILENT) -> list[Finding]:
    """Look at what the rows themselves tell; asks as somebody who sees all of them."""
    steps = (_partitions, _branches, _hierarchy, _people, _contacts, _documents, _map_index, _packages)
    found: list[Finding] = []
    for number, step in enumerate(steps):
        progress.step(number / len(steps))
        found += step(cur)
    return found


def _partitions(cur: Any) -> Iterator[Finding]:
    for home, _column in (("fs_audit.log", "at"), ("fullservice.indicator_daily", "day")):
        schema, name = home.split(".")
        cur.execute("select to_char(m, 'YYYY-MM') from generate_series(date_trunc('month', now()), date_trunc('month', "
                    "now()) + interval '1 month', interval '1 month') m where to_regclass(format('%%I.%%I', %s, "
                    "%s || '_' "
                    "|| to_char(m, 'YYYY_MM'))) is null", (schema, name))
        for (month,) in cur.fetchall():
            yield Finding("partition", WARNING, home, "{table} has no partition for {month}. Run the nightly round.",
                          {"table": home, "month": month})
        cur.execute(sql.SQL("select count(*) from {} where tableoid = "
                            "%s::regclass").format(sql.Identifier(schema, name)),
                    (home + "_other",))
        count = cur.fetchone()[0]
        if count:
            yield Finding("partition", WARNING, home, "{count} rows of {table} lie outside every month's partition.",
                          {"table": home, "count": count})


def _branches(cur: Any) -> Iterator[Finding]:
    for table in TABLES.values():
        if table.shared:
            continue
        cur.execute(sql.SQL("select count(*) from {} where branch_code is null and not is_deleted").format(
            sql.Identifier(table.schema, table.name)))
        count = cur.fetchone()[0]
        if count:
            yield Finding("branch", WARNING, table.qualified, "{count} rows of {table} belong to no branch: only "
                          "administrators see them. Import the territory, then run select fs_app.place_branches().",
                          {"table": table.qualified, "count": count})


def _hierarchy(cur: Any) -> Iterator[Finding]:
    for rule, sentence, count, code in hierarchy.broken(cur):
        yield Finding(rule, WARNING, code, sentence, {"count": count, "code": code})


def _people(cur: Any) -> Iterator[Finding]:
    cur.execute("select s.login, r.oid is null, coalesce(r.rolsuper or r.rolbypassrls, false) from fullservice.staff s "
                "left join pg_roles r on r.rolname = s.login where s.active and not s.is_deleted order by 1")
    for login, absent, above in cur.fetchall():
        if absent:
            yield Finding("login", WARNING, login, "The person {login} has no login on this server.", {"login": login})
        elif above:
            yield Finding("login", ERROR, login, "The login {login} is above row security and sees and writes "
                                                 "everything.",
                          {"login": login})


def _contacts(cur: Any) -> Iterator[Finding]:
    cur.execute("select count(*) from fs_app.expired_contacts(current_date)")
    count = cur.fetchone()[0]
    if count:
        yield Finding("retention", WARNING, "fs_pii.contact", "{count} contacts are kept longer than allowed. Run the "
                      "nightly round.", {"count": count})


def _documents(cur: Any) -> Iterator[Finding]:
    cur.execute("select id::text, file_name from fullservice.attachment where content is not null and not "
                "is_deleted and "
                "encode(sha256(content), 'hex') is distinct from sha256 order by fid limit 100")
    for row_id, name in cur.fetchall():
        yield Finding("document", ERROR, row_id, "The document {name} is not what was filed: its hash differs.",
                      {"name": name})


def _packages(cur: Any) -> Iterator[Finding]:
    cur.execute("select first, second from fs_app.package_overlap where winner is null and "
                "(upper_inf(period) or upper(period) > current_date) order by 1, 2")  # nobody can settle what is over
    for first, second in cur.fetchall():
        yield Finding("packages undecided", WARNING, first, "Packages {first} and {second} hold at one place and time "
                      "with the same priority: raise one of them.", {"first": first, "second": second})
    cur.execute("select code, status from fs_app.package_status where state = 'approved' and status in "
                "('expiring', 'expired') order by 1")
    for code, status in cur.fetchall():
        sentence = ("Package {code} has expired: withdraw it or make its successor." if status == "expired"
                    else "Package {code} expires within 30 days: make its successor.")  # fmt: skip
        yield Finding("package " + status, WARNING, code, sentence, {"code": code})


def _map_index(cur: Any) -> Iterator[Finding]:
    cur.execute("select p.proleakproof from pg_proc p join pg_extension e on e.extname = 'postgis' and "
                "e.extnamespace = "
                "p.pronamespace where p.proname = 'geometry_overlaps' and p.proargtypes::text = (select "
                "concat_ws(' ', t.oid, t.oid) from pg_type t where t.typname = 'geometry' and t.typnamespace = "
                "e.extnamespace)")
    row = cur.fetchone()
    if row is not None and not row[0]:
        yield Finding("map index", WARNING, "geometry_overlaps", "Maps are slow: under row security the index "
                                                                 "of positions "
                      "is not used. Let the server's administrator run: alter function "
                      "geometry_overlaps(geometry, geometry) "
                      "leakproof")


def against_backup(cur: Any, made: Mapping[str, Any], progress: Progress = SILENT) -> list[Finding]:
    """Compare the rows of every table with a backup's manifest."""
    sentences = {
        "missing": "{table} of the backup is not in the store.",
        "rows": "{table} has another number of rows than the backup of {at}.",
        "content": "{table} has other content than the backup of {at}.",
    }
    own = dict(made["tables"])
    own.pop("fs_meta.setting", None)  # names the store itself
    different = manifest.differences(cur, own, progress)
    return [Finding(f"backup {what}", ERROR if what == "missing" else WARNING, table, sentences[what],
                    {"table": table, "at": made["at"]}) for table, what in different.items()]
