# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that happened in an estate, as the estate card tells it: one query, straight to the rows by their keys."""

from __future__ import annotations

from typing import Any, Mapping

from fullservice_plugin.store.connection import named_rows

# Each branch: kind, when, who, what, detail, before, source, id. The first six are those of a talk's timeline.
_STORY = """
with told as (
    select 'created' as kind, e.created_at as at, e.created_by as who, 'estate' as what, null::text as detail,
        null::text as before, e.origin as source, e.id
    from fullservice.estate e where e.id = %(estate)s::uuid
    union all
    select 'created', b.created_at, b.created_by, 'building', b.discovery_source, null, b.origin, b.id
    from fullservice.building b where b.id = any(%(houses)s::uuid[])
    union all
    select 'state', s.at, s.by, s.machine || ' ' || s.to_state, s.reason, s.from_state, s.origin, s.id
    from fullservice.state_event s
    where s.subject_id = any(array[%(estate)s::uuid] || %(houses)s::uuid[] || %(designs)s::uuid[]) and not s.is_deleted
    union all
    select 'step', n.at, n.by, n.to_stage, n.reason, n.from_stage, n.origin, n.id
    from fullservice.negotiation_event n where n.negotiation_id = any(%(talks)s::uuid[])
    union all
    select 'contact', v.at, v.by, v.channel, v.result, v.next_step, v.origin, v.id
    from fullservice.visit_log v
    where (v.negotiation_id = any(%(talks)s::uuid[]) or v.estate_id = %(estate)s::uuid) and not v.is_deleted
    union all
    select 'document', a.created_at, a.created_by, a.kind, a.file_name, a.size_bytes::text, a.origin, a.id
    from fullservice.attachment a
    where a.subject_id = any(array[%(estate)s::uuid] || %(houses)s::uuid[] || %(talks)s::uuid[]
                             || %(agreements)s::uuid[] || %(designs)s::uuid[]) and not a.is_deleted
    union all
    select 'agreement', case when g.origin = 'import' and g.signed_on is not null then g.signed_on::timestamptz
            else g.created_at end, g.created_by, g.status, g.number, g.valid_to::text, g.origin, g.id
    from fullservice.agreement g where g.id = any(%(agreements)s::uuid[]) and not g.is_deleted
    union all
    select 'rival', o.observed_on::timestamptz, o.observer, o.operator_code, o.field,
        coalesce(o.value, concat_ws(' ', trim_scale(o.number), o.unit)), o.source_class, o.id
    from fullservice.intel_observation o
    where (o.building_id = any(%(houses)s::uuid[]) or o.estate_id = %(estate)s::uuid) and not o.is_deleted
        and o.state <> 'retired'
    union all
    select 'design', d.created_at, d.author, p.scenario, d.homes_served::text, d.version_no::text, d.origin, d.id
    from fullservice.access_design d join fullservice.plan p on p.id = d.plan_id
    where d.id = any(%(designs)s::uuid[])
    union all
    select 'verdict', r.at, r.by, r.decision, r.comment, null, r.origin, r.id
    from fullservice.design_review r where r.design_id = any(%(designs)s::uuid[]) and not r.is_deleted
)
select kind, max(at) as at, who, what, detail, before, source, count(*) as times, min(id::text) as id
from told group by kind, date_trunc('second', at), who, what, detail, before, source
order by max(at) desc, kind limit %(most)s
"""


def story(cur: Any, place: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    """Return what happened, the newest first; one deed in several buildings comes once, with how ``times``.

    Kinds: created, state (``what``: machine and state), step, contact, document, agreement, rival, design, verdict.
    """
    cur.execute(_STORY, {**place, "most": most})
    return named_rows(cur)
