# SPDX-License-Identifier: GPL-2.0-or-later
"""Sample staff of the demo, and one talk led by hand through the functions that forms and docks use."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from psycopg2 import sql
from words import say

TEAM = "insert into fullservice.team (code, name, origin) values (%s, %s, 'import') returning id"
STAFF = "insert into fullservice.staff (login, role, team_id, origin) values (%s, %s, %s, 'import') returning id"
PERSON = "insert into fs_pii.staff_person (staff_id, name, origin) values (%s, %s, 'import')"
GRID = """insert into fullservice.area_assignment (staff_id, org_unit_id, kind, origin)
          select %s, id, 'owner', 'import' from fullservice.org_unit where code = %s"""
WITHOUT_TALK = """select b.id::text, b.estate_id::text from fullservice.building b
                  where b.estate_id is not null and not b.is_deleted and not exists
                        (select 1 from fullservice.negotiation n where n.building_id = b.id)
                  order by b.households desc nulls last, b.code limit 1"""


def import_staff(store: Any, path: Path) -> int:
    """Write the sample staff, their teams and grids; return how many people there are."""
    with open(path, encoding="utf-8-sig", newline="") as handle:
        people = list(csv.DictReader(handle))
    with store.transaction(bulk=True) as cursor:
        teams: dict[str, str] = {}
        for number, name in enumerate(sorted({person["team"] for person in people}), 1):
            cursor.execute(TEAM, (f"T{number}", name))
            teams[name] = cursor.fetchone()[0]
        for person in people:
            cursor.execute(STAFF, (person["login"], person["role"], teams[person["team"]]))
            key = cursor.fetchone()[0]
            cursor.execute(PERSON, (key, person["name"]))
            for code in filter(None, person["grid_codes"].split(";")):
                cursor.execute(GRID, (key, code))
    return len(people)


def lead_talk(store: Any) -> dict[str, object]:
    """Lead one talk to its entry permit; show that the database refuses a step that skips others.

    Returns the stages it passed and the sentence of the refusal.
    """
    from fullservice_plugin.core.errors import TransitionError
    from fullservice_plugin.i18n import tr
    from fullservice_plugin.services import negotiation as talks

    found = store.rows(sql.SQL(WITHOUT_TALK), ())
    if not found:
        return {"stages": 0}
    building, estate = found[0]
    today = date.today()
    contact = {"name": say("Sample contact"), "phone": "000-0000", "consent": True}
    party = talks.record_party(store, estate, say("Sample Property Management, led by hand"), "property_mgmt",
                               authority="sign", contact=contact)
    talk = talks.start_negotiation(store, building, estate_id=estate, party_id=party,
                                   next_action=say("Sample: first call"), next_action_due=today + timedelta(days=3))
    talks.advance_negotiation(store, talk, "party_identified")
    refused = ""
    try:
        talks.advance_negotiation(store, talk, "signed")
    except TransitionError as error:
        refused = tr(error.template, **error.values)
    talks.record_visit(store, talk, say("Sample: open to an offer"), channel="visit", next_step=say("survey"))
    talks.advance_negotiation(store, talk, "contacted")
    talks.add_attachment(store, "negotiation", talk, "survey", say("Sample survey: riser free").encode(), "survey.txt")
    talks.advance_negotiation(store, talk, "surveyed")
    offer = say("Sample proposal").encode()
    proof = talks.add_attachment(store, "negotiation", talk, "proposal", offer, "proposal.txt")
    talks.advance_negotiation(store, talk, "proposal_sent", evidence=[proof])
    talks.record_visit(store, talk, say("Sample: terms discussed"), channel="meeting")
    talks.advance_negotiation(store, talk, "negotiating")
    terms = {"number": "SAMPLE-HAND-1", "type": "entry", "signed_on": today, "valid_from": today,
             "valid_to": today + timedelta(days=1460), "exclusivity": "none", "fee_model": "none",
             "works_from": today + timedelta(days=14), "works_to": today + timedelta(days=60)}
    talks.sign_agreement(store, [talk], terms, say("Sample agreement, signed").encode(), "agreement.txt",
                         note=say("Sample: small deal"))
    talks.add_attachment(store, "negotiation", talk, "permit", say("Sample works permit").encode(), "permit.txt")
    talks.advance_negotiation(store, talk, "entry_permitted")
    return {"stages": 7, "refused": refused}
