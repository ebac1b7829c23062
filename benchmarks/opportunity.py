# SPDX-License-Identifier: GPL-2.0-or-later
"""Talks and observations by the hundred thousand: queue, scores, board, reminders. A line per figure, last line JSON.

``opportunity.py [--talks 100000] [--observations 1000000]`` makes a store with that many talks (one per building, with
history, visits and agreements) and observations, then asks as a planner or a customer manager, with row security, what
people ask: the queue of talks, the competitor scores, the board's first picture, one deal, the day, the reminders.
``loop_facts`` is the peer: what a script over an export does, all observations read and the best of each kind kept in a
loop, which is the first third of a score.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))
sys.path.insert(0, str(ROOT / "benchmarks" / "common"))

import store as filled  # noqa: E402
from server import private_server  # noqa: E402
from stage import use_stage  # noqa: E402

STAGES = ("not_started", "party_identified", "contacted", "surveyed", "proposal_sent", "negotiating", "terms_agreed",
          "in_approval", "signed", "entry_permitted", "in_force", "renewing", "refused", "blocked")
TABLES = ("negotiation", "negotiation_event", "visit_log", "intel_observation", "property_party", "agreement",
          "agreement_building")
PARTIES = """insert into fullservice.property_party (id, estate_id, name, role, branch_code)
select gen_random_uuid(), id, 'P ' || code, (array['property_mgmt', 'committee', 'developer', 'owner'])[1 + fid %% 4],
'B'
from fullservice.estate"""
TALKS = """insert into fullservice.negotiation (id, building_id, estate_id, party_id, stage, stage_since, obstacle_code,
    owner_staff_id, next_action, next_action_due, branch_code)
select gen_random_uuid(), b.id, b.estate_id, p.id, (%(stages)s::text[])[1 + (b.fid * 7 %% 13) %% %(count)s],
    now() - make_interval(days => b.fid %% 120), case when b.fid %% 5 = 0 then 'fee' when b.fid %% 7 = 0 then
    'residents' end,
    s.id, 'call', current_date + (b.fid %% 40) - 10, 'B'
from fullservice.building b join fullservice.property_party p on p.estate_id = b.estate_id
cross join (select id from fullservice.staff where role = 'customer_manager' limit 1) s order by b.fid limit
%(talks)s"""
EVENTS = """insert into fullservice.negotiation_event (id, negotiation_id, from_stage, to_stage, at, by, branch_code)
select gen_random_uuid(), n.id, (%(stages)s::text[])[k - 1], (%(stages)s::text[])[k],
    n.stage_since - make_interval(days => (%(count)s - k) * (3 + n.fid %% 11)), 'x', 'B'
from fullservice.negotiation n
cross join generate_series(1, %(count)s) k where k <= coalesce(array_position(%(stages)s::text[], n.stage), 1)"""
VISITS = """insert into fullservice.visit_log (id, negotiation_id, estate_id, party_id, at, by, channel,
    result, branch_code)
select gen_random_uuid(), n.id, n.estate_id, n.party_id, n.stage_since + make_interval(days => k), 'x', 'visit',
'talked', 'B'
from fullservice.negotiation n cross join generate_series(0, 1) k"""
DEALS = """with made as (
    insert into fullservice.agreement (id, number, estate_id, status, signed_on, valid_from, valid_to, branch_code,
    riser_right)
    select gen_random_uuid(), 'A' || e.code, e.id, 'active', current_date - 300, current_date - 300, current_date +
    (e.fid %% 400) - 20, 'B',
        true
    from fullservice.estate e returning id, estate_id)
insert into fullservice.agreement_building (id, agreement_id, building_id, branch_code)
select gen_random_uuid(), m.id, n.building_id, 'B' from made m join fullservice.negotiation n on n.estate_id =
m.estate_id
where n.stage in ('signed', 'entry_permitted', 'in_force', 'renewing') on conflict do nothing"""
SEEN = """insert into fullservice.intel_observation (id, subject_kind, building_id, estate_id, operator_code,
    field, value,
    number, unit, source_class, source_text, observed_on, observer, confidence, branch_code)
select gen_random_uuid(), 'building', b.id, b.estate_id, (array['CTCC', 'CUCC', 'CMCC', 'CBN'])[1 + (n / %(talks)s) %%
4],
    (array['technology', 'presence', 'subs', 'tariff', 'speed'])[1 + (n / %(talks)s) %% 5],
    case (n / %(talks)s) %% 5 when 0 then (array['ftth', 'hfc_eoc', 'xdsl'])[1 + b.fid %% 3] when 1 then 'in_service'
    end,
    case (n / %(talks)s) %% 5 when 2 then b.fid %% 9 when 3 then 40 + b.fid %% 60 when 4 then 300 end, null,
    (array['official', 'site_photo', 'resident'])[1 + n %% 3], 'made', current_date - (n * 13 %% 700), 'x',
    0.4 + (n %% 5) * 0.1, 'B'
from generate_series(0, %(seen)s - 1) n join numbered b on b.place = n %% %(talks)s"""


def fill(run: Any, talks: int, seen: int) -> None:
    """Write talks with history and observations straight into the tables; the guards are measured elsewhere."""
    owner = run.owner
    figures: dict[str, Any] = {}
    filled.fill(run, figures)
    for table in TABLES:
        owner.execute(f"alter table fullservice.{table} disable trigger user")
    values = {"stages": list(STAGES), "count": len(STAGES), "talks": talks, "seen": seen}
    with owner.transaction(bulk=True) as cur:
        cur.execute("insert into fullservice.competitor_operator (code, name, is_self) values ('CMCC', 'm', true), "
                    "('CTCC', 't', false), ('CUCC', 'u', false), ('CBN', 'b', false) on conflict do nothing")
        for query in (PARTIES, TALKS, EVENTS, VISITS, DEALS):
            cur.execute(query, values)
        cur.execute("create temp table numbered as select id, estate_id, fid, row_number() over (order by fid) - 1 as "
                    "place from fullservice.building limit %s", (talks,))
        cur.execute(SEEN, values)
    for table in TABLES:
        owner.execute(f"alter table fullservice.{table} enable trigger user")
        owner.execute(f"analyze fullservice.{table}")


def timed(figures: dict[str, Any], name: str, deed: Callable[[], Any]) -> Any:
    """Measure one call and print it."""
    started = time.perf_counter()
    answer = deed()
    figures[name] = round(time.perf_counter() - started, 3)
    print(f"{name}: {figures[name]} s", flush=True)
    return answer


def main() -> int:
    """Measure; print the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--talks", type=int, default=100_000)
    parser.add_argument("--observations", type=int, default=1_000_000)
    options = parser.parse_args()
    use_stage()
    cluster = private_server()
    figures: dict[str, Any] = {"talks": options.talks, "observations": options.observations}
    run = filled.Run(cluster, options.talks)
    try:
        timed(figures, "fill", lambda: fill(run, options.talks, options.observations))
        measure(run, figures)
    finally:
        run.close()
    figures["mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(figures))
    return 0


def loop_facts(store: Any) -> int:
    """Read all observations and keep the best of each building, operator and kind; return how many."""
    from fullservice_plugin.core.competition.evidence import HALF_LIFE_DAYS

    today = date.today()
    best: dict[tuple[str, str, str], tuple[float, Any]] = {}
    for building, operator, field, value, number, seen, trust in store.rows(
            "select building_id::text, operator_code, field, value, number, observed_on, confidence "
            "from fullservice.intel_observation where not is_deleted and state <> 'retired'"):
        left = trust * 0.5 ** ((today - seen).days / HALF_LIFE_DAYS[field])
        key = (building, operator, field)
        if key not in best or left > best[key][0]:
            best[key] = (left, value or number)
    return len(best)


def measure(run: Any, figures: dict[str, Any]) -> None:
    """Ask what people ask; each first question counts, nothing is warmed up."""
    from fullservice_plugin.services.estate_card import estate_card
    from fullservice_plugin.services.reminders import check_negotiations
    from fullservice_plugin.services.standings import standings
    from fullservice_plugin.services.talk_desk import my_day, read_board, read_deal
    from fullservice_plugin.services.talk_measures import measures
    from fullservice_plugin.services.talk_queue import negotiation_queue
    from fullservice_plugin.store.map_views import search

    found = timed(figures, "queue", lambda: negotiation_queue(run.planner))
    figures["queue_rows"] = len(found)
    scored = timed(figures, "scores", lambda: standings(run.planner))
    figures["scored"] = sum(one.standing.threat is not None for one in scored)
    figures["loop_rows"] = timed(figures, "loop_facts", lambda: loop_facts(run.planner))
    columns = timed(figures, "board", lambda: read_board(run.planner))
    figures["board_cards"] = sum(len(column.cards) for column in columns)
    timed(figures, "board_of_a_manager", lambda: read_board(run.manager, mine=True))
    timed(figures, "deal", lambda: read_deal(run.planner, columns[3].cards[0].ids))
    estates = run.owner.rows("select id::text from fullservice.estate order by md5(code) limit 10")
    cards = timed(figures, "ten_estate_cards", lambda: [estate_card(run.manager, "estate", key) for key, in estates])
    figures["card_events"] = max(len(card.story) for card in cards)
    timed(figures, "search_by_sound", lambda: search(run.planner, "cuihu"))
    timed(figures, "day", lambda: my_day(run.planner, mine=False))
    timed(figures, "measures", lambda: measures(run.planner))
    figures["reminders"] = timed(figures, "remind", lambda: check_negotiations(run.planner)).written


if __name__ == "__main__":
    sys.exit(main())
