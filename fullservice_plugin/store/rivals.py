# SPDX-License-Identifier: GPL-2.0-or-later
"""What the dock of rivals asks the store about one building or estate, and what it writes. Set-based, values bound."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from psycopg2 import sql

from fullservice_plugin.core.catalogue.lists import codes
from fullservice_plugin.store.connection import Store, named_rows

Row = dict[str, Any]
#: So many observations of a place are shown; older ones stay in the table of observations.
TIMELINE = 200


def operators(store: Store) -> list[Row]:
    """Return the operators, ours first, then in the order in which they were entered: new ones come last."""
    return store.dicts(
        "select code, name, coalesce(nullif(name_en, ''), name) as name_en, is_self "
        "from fullservice.competitor_operator where not is_deleted order by is_self desc, fid"
    )


def subject(cur: Any, kind: str, key: str) -> Optional[Row]:
    """Return a building or an estate with its estate and its buildings; None where it is not to be seen."""
    if kind == "building":
        cur.execute(
            """
            select b.id::text, b.code, coalesce(nullif(b.number, ''), nullif(b.name, ''), b.code) as name,
                e.id::text as estate_id, coalesce(nullif(e.name, ''), e.code) as estate, array[b.id::text] as houses
            from fullservice.building b left join fullservice.estate e on e.id = b.estate_id
            where b.id = %s::uuid and not b.is_deleted
            """,
            (key,),
        )
    else:
        cur.execute(
            """
            select e.id::text, e.code, coalesce(nullif(e.name, ''), e.code) as name, e.id::text as estate_id,
                coalesce(nullif(e.name, ''), e.code) as estate,
                array(select b.id::text from fullservice.building b
                      where b.estate_id = e.id and not b.is_deleted) as houses
            from fullservice.estate e where e.id = %s::uuid and not e.is_deleted
            """,
            (key,),
        )
    return next(iter(named_rows(cur)), None)


# Of a building only what is known of itself; of an estate that, and what is known of each of its buildings.
_PLACE = sql.SQL(
    "({0}.building_id = any(%(houses)s::uuid[]) or {0}.building_id is null and {0}.estate_id = %(estate)s::uuid)"
)

_PRESENT = sql.SQL(
    """
with fact as materialized (
    select coalesce(f.building_id, f.estate_id) as place, f.* from fs_app.competitor_fact f where {place}
), told as (
    select f.place, f.operator_code, max(f.confidence) as confidence, bool_or(f.conflict) as conflict
    from fact f group by 1, 2
), trust as (
    select t.operator_code, avg(t.confidence) as confidence, bool_or(t.conflict) as conflict, count(*) as places
    from told t group by 1
), first as (
    select o.operator_code, min(o.observed_on) as since, max(o.observed_on) as observed_on
    from fullservice.intel_observation o where not o.is_deleted and o.state <> 'retired' and {seen} group by 1
), summed as (
    select f.operator_code,
        (array_agg(f.value order by fs_app.tech_rank(f.value) desc nulls last, f.confidence desc)
            filter (where f.field = 'technology'))[1] as technology,
        coalesce((array_agg(f.value order by array_position(%(order)s::text[], f.value))
            filter (where f.field = 'presence'))[1], 'in_service') as status,
        max(f.number) filter (where f.field = 'speed') as speed,
        min(f.number) filter (where f.field = 'tariff') as price,
        sum(f.number) filter (where f.field = 'subs' and f.unit is distinct from '%%') as subs,
        sum(f.number) filter (where f.field = 'ports') as ports,
        (array_agg(f.value order by f.value = 'contract' desc, f.value = 'de_facto' desc, f.valid_until desc)
            filter (where f.field = 'exclusivity'))[1] as exclusivity,
        max(f.valid_until) filter (where f.field = 'exclusivity' and f.value <> 'none') as exclusive_until
    from fact f group by 1
)
select s.operator_code as code, o.name, coalesce(nullif(o.name_en, ''), o.name) as name_en, o.is_self as own,
    s.technology, s.status, s.speed::float8, s.price::float8, s.subs::float8, s.ports::float8, s.exclusivity,
    s.exclusive_until, t.confidence, t.conflict, t.places::integer, f.since, f.observed_on
from summed s join trust t using (operator_code) join first f using (operator_code)
join fullservice.competitor_operator o on o.code = s.operator_code
order by o.is_self desc, array_position(%(order)s::text[], s.status), t.confidence desc, s.operator_code
"""
)
_STATUS = ["in_service", "building", "planned", "unknown", "withdrawn"]


def _at(alias: str) -> sql.Composable:
    return _PLACE.format(sql.Identifier(alias))


def present(cur: Any, place: Mapping[str, Any]) -> list[Row]:
    """Return what is known of every operator in a place, ours first, then who serves it."""
    cur.execute(_PRESENT.format(place=_at("f"), seen=_at("o")), {**place, "order": _STATUS})
    return named_rows(cur)


_TIMELINE = sql.SQL(
    """
with mine as materialized (
    select o.* from fullservice.intel_observation o where not o.is_deleted and {place}
    order by o.observed_on desc, o.fid desc limit %(limit)s
)
select o.id::text, o.operator_code, o.field, o.value, o.number::float8, o.unit, o.valid_until, o.source_class,
    o.source_text, o.observed_on, o.observer, o.state, o.verified_by, b.code as building,
    coalesce(nullif(b.number, ''), b.name, b.code) as building_name,
    case when o.state <> 'retired' and (o.valid_until is null or o.valid_until >= current_date) then
        coalesce(o.confidence, fs_app.source_confidence(o.source_class), 0.3)
        * power(0.5, greatest(0, current_date - o.observed_on) / fs_app.half_life(o.field)) end as confidence,
    exists (select 1 from fullservice.attachment a where a.subject_id = o.id and not a.is_deleted) as photo,
    coalesce(step.found, '[]') as steps
from mine o
left join fullservice.building b on b.id = o.building_id
left join lateral (
    select jsonb_agg(jsonb_build_object('state', t.to_state, 'may', t.may, 'roles', t.roles, 'missing',
        fs_app.missing_evidence(to_jsonb(o), t.evidence))) as found
    from (select s.to_state, s.evidence, bool_or(fs_app.acts_as(s.role)) as may, array_agg(s.role) as roles
          from fs_meta.sm_transition s where s.machine = 'SM-10' and s.from_state = o.state group by 1, 2) t
) step on true
order by o.observed_on desc, o.operator_code, array_position(%(fields)s::text[], o.field), o.fid desc
"""
)


def timeline(cur: Any, place: Mapping[str, Any]) -> list[Row]:
    """Return the observations of a place, the newest first, with what is left of their confidence (None: they do not
    count any more) and the steps of SM-10 from their state."""
    cur.execute(_TIMELINE.format(place=_at("o")), {**place, "limit": TIMELINE, "fields": list(codes("intel_field"))})
    return named_rows(cur)


def move(cur: Any, ids: Sequence[str], state: str) -> None:
    """Move observations to a state, all or none; TransitionError (raised by the connection) says what is missing."""
    cur.execute("select fs_app.transition('SM-10', x.id, %s) from unnest(%s::uuid[]) as x (id)", (state, list(ids)))


def add_promotion(cur: Any, seen: Mapping[str, Any]) -> None:
    """Add a promotion of a rival to the table of promotions, once, at the estate of where it was seen."""
    cur.execute(
        """
        insert into fullservice.competitor_promotion (operator_code, estate_id, kind, started_on, description,
            source_class, source_text, observer)
        select %(operator_code)s, p.estate, %(kind)s, %(observed_on)s, %(text)s, %(source_class)s, %(source_text)s,
            %(observer)s
        from (select coalesce(%(estate)s::uuid, (select b.estate_id from fullservice.building b
                                                 where b.id = %(building)s::uuid)) as estate) p
        where not exists (
            select 1 from fullservice.competitor_promotion k
            where k.operator_code = %(operator_code)s and k.estate_id is not distinct from p.estate
                and k.kind = %(kind)s and k.started_on = %(observed_on)s and not k.is_deleted
                and k.description is not distinct from %(text)s)
        """,
        dict(seen),
    )


def same_sighting(cur: Any, seen: Mapping[str, Any]) -> list[str]:
    """Return the ids of the observations that one sighting made, or found there already, of the fields named."""
    cur.execute(
        """
        select o.id::text from fullservice.intel_observation o
        where o.building_id is not distinct from %(building)s::uuid
            and o.estate_id is not distinct from %(estate)s::uuid
            and o.operator_code = %(operator_code)s and o.field = any(%(fields)s) and o.source_class = %(source_class)s
            and o.source_text = %(source_text)s and o.observed_on = %(observed_on)s and o.observer = %(observer)s
            and not o.is_deleted
        """,
        dict(seen),
    )
    return [row[0] for row in cur.fetchall()]


def alerts(cur: Any, estate: str) -> list[Row]:
    """Return the open reminders of rivals that entered an estate where we talk, by operator, the newest first."""
    cur.execute(
        """
        select r.message as operator_code, max(r.at)::date as since, array_agg(r.id::text order by r.id) as ids
        from fullservice.reminder r join fullservice.negotiation n on n.id = r.subject_id
        left join fullservice.building b on b.id = n.building_id
        where r.kind = 'rival' and r.acked_at is null and not r.is_deleted
            and coalesce(b.estate_id, n.estate_id) = %s::uuid
        group by 1 order by 2 desc, 1
        """,
        (estate,),
    )
    return named_rows(cur)


def news(store: Store, after: Optional[int]) -> list[Row]:
    """Return the open reminders of rivals after a mark (None: of the last day) that concern this login, by estate.

    A customer manager hears of his own talks and of nobody's; other roles of all that they see. ``mark`` is the newest.
    """
    return store.dicts(
        """
        select e.id::text as estate_id, coalesce(nullif(e.name, ''), e.code) as estate,
            array_agg(distinct r.message) as operators, array_agg(distinct coalesce(o.name, r.message)) as names,
            array_agg(distinct coalesce(nullif(o.name_en, ''), o.name, r.message)) as names_en, max(r.fid) as mark
        from fullservice.reminder r join fullservice.negotiation n on n.id = r.subject_id
        left join fullservice.building b on b.id = n.building_id
        join fullservice.estate e on e.id = coalesce(b.estate_id, n.estate_id)
        left join fullservice.competitor_operator o on o.code = r.message
        where r.kind = 'rival' and r.acked_at is null and not r.is_deleted
            and case when %(after)s::bigint is null then r.at > now() - interval '1 day' else r.fid > %(after)s end
            and (n.owner_staff_id is null or n.owner_staff_id = any ((select fs_app.my_staff())::uuid[])
                or not (select fs_app.acts_as('customer_manager')) or (select fs_app.has_role('admin')))
        group by e.id, e.name, e.code order by max(r.fid) desc
        """,
        {"after": after},
    )
