# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 of server and client at every step of edit, commit, batch and installation: before or after, never "
  "between."""

from __future__ import annotations

import random
import threading
import time

import pytest

from fullservice_plugin.core.errors import FullServiceError
from fullservice_plugin.store import migrate, versions
from fullservice_plugin.store.connection import Store

SCHEMAS = "select count(*) from pg_namespace where nspname in ('fullservice','fs_app','fs_audit','fs_pii','fs_meta')"


def version_of(store, code):
    return store.value("select row_version from fullservice.estate where code = %s", (code,))


def confirmed(said):
    """Newest version that was confirmed; a line cut off by the kill confirms nothing."""
    return max((int(line.split()[1]) for line in said if line.startswith("done ")), default=0)


def wait_until_alone(store):
    """Wait until the sessions of killed clients have ended: until then they may still commit what they were sent."""
    for _ in range(400):
        if not store.value("select count(*) from pg_stat_activity where datname = current_database() and "
                           "backend_type = 'client backend' and pid <> pg_backend_pid()"):
            return
        time.sleep(0.05)
    raise AssertionError("a killed client's session is still there after 20 s")


def kill_an_edit(bench, victim, after, code="E0"):
    """Kill in the middle of a stream of edits: what was confirmed is there, at most one more is."""
    client = bench.client("edit", bench.service, code)
    client.until("done")
    time.sleep(after)
    if victim == "server":
        bench.kill_server()
        said = client.rest()
        bench.server.start()
    else:
        bench.kills += 1
        client.kill()
        said = client.said
    with bench.store() as store:
        wait_until_alone(store)
        assert confirmed(said) <= version_of(store, code) <= confirmed(said) + 1
    bench.whole()


def kill_a_batch(bench, victim, word, after, name, count=400):
    """Kill at a step of an import: no row or all of them; the same again completes it or does nothing."""
    client = bench.client("batch", bench.service, name, str(count))
    client.until(word)
    time.sleep(after)
    if victim == "server":
        bench.kill_server()
        said = client.rest()
        bench.server.start()
    else:
        bench.kills += 1
        client.kill()
        said = client.said
    query = "select count(*) from fullservice.ledger_row where batch = %s"
    with bench.store() as store:
        wait_until_alone(store)
        there = store.value(query, (name,))
        assert there in (0, count) and (there == count or "done" not in said)
    bench.whole()
    again = bench.client("batch", bench.service, name, str(count)).rest()
    assert again[-1] == ("already" if there else "done")
    with bench.store() as store:
        assert store.value(query, (name,)) == count
    bench.whole()


def kill_an_installation(bench, victim, word, after):
    """Kill while a store is made: there is none, or a complete one; the next installation ends well."""
    service = bench.empty()
    client = bench.client("install", service)
    client.until(word)
    time.sleep(after)
    if victim == "server":
        bench.kill_server()
        said = client.rest()
        bench.server.start()
    else:
        bench.kills += 1
        client.kill()
        said = client.said
    with Store.connect({"service": service}) as store:
        there = store.value(SCHEMAS)
        assert there in (0, 5) and (there == 5 or not any(line.startswith("done") for line in said))
        migrate.install(store)
        assert store.version() == versions.current()
        from fullservice_plugin.store import check

        with store.transaction() as cur:
            assert check.catalogue(cur) == []


@pytest.mark.parametrize("victim", ["client", "server"])
@pytest.mark.parametrize("after", [0.0, 0.013, 0.05])
def test_edits(bench, victim, after):
    kill_an_edit(bench, victim, after)


@pytest.mark.parametrize(("victim", "word"), [("client", "began"), ("client", "claimed"), ("client", "copied"),
                                              ("client", "placed"), ("server", "claimed"), ("server", "copied"),
                                              ("server", "placed")])
def test_batches(bench, victim, word):
    kill_a_batch(bench, victim, word, 0.0, f"{victim} {word}")


@pytest.mark.parametrize(("victim", "word", "after"), [
    ("client", "began", 0.0), ("client", "step 0.1", 0.05), ("client", "step 0.5", 0.0), ("client", "step 0.5", 0.5),
    ("server", "step 0.1", 0.0), ("server", "step 0.5", 0.3)])
def test_installations(bench, victim, word, after):
    kill_an_installation(bench, victim, word, after)


def test_a_step_and_its_event_go_together(bench):
    client = bench.client("step", bench.service, "H1")
    client.until("stepping")
    bench.kill_server()
    client.rest()
    bench.server.start()
    bench.whole()


@pytest.fixture(scope="module")
def slow(bench):
    """Saves of estates take a moment, in the statement and at the commit, so that a kill meets them there."""
    with bench.store() as store:
        store.execute("create function public.nap() returns trigger language plpgsql as $$ begin perform "
                      "pg_sleep(0.25); "
                      "return null; end $$")
        store.execute("create trigger zz_nap after update on fullservice.estate for each row execute function "
                      "public.nap()")
        store.execute("create constraint trigger zz_commit after update on fullservice.estate deferrable "
                      "initially deferred "
                      "for each row execute function public.nap()")
    yield
    with bench.store() as store:
        store.execute("drop trigger zz_nap on fullservice.estate")
        store.execute("drop trigger zz_commit on fullservice.estate")


@pytest.mark.parametrize("after", [0.1, 0.35], ids=["in the statement", "at the commit"])
def test_the_edit_buffer_survives_and_its_second_save_succeeds(bench, slow, qgis_app, after):
    from fullservice_plugin.gis.guard import guard, release
    from fullservice_plugin.gis.layers import definition, make_layer

    layer = make_layer(bench.service, definition("estate"), "en")
    guard(layer)
    feature = next(f for f in layer.getFeatures() if f["code"] == "E1")
    layer.startEditing()
    layer.changeAttributeValue(feature.id(), layer.fields().lookupField("name"), f"kept {after}")
    killer = threading.Timer(after, bench.kill_server)
    killer.start()
    saved = layer.commitChanges()
    killer.join()
    bench.server.start()
    with bench.store() as store:
        version, name = store.rows("select row_version, name from fullservice.estate where code = 'E1'")[0]
    assert not saved and layer.isModified() and version == feature["row_version"]
    assert layer.commitChanges(), layer.commitErrors()
    with bench.store() as store:
        assert store.rows("select row_version, name from fullservice.estate where code = 'E1'") == [
            (version + 1, f"kept {after}")]
    bench.whole()
    release(layer.id())


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_two_hundred_kills_at_random(bench, capsys):
    seed = random.SystemRandom().randrange(10**6)
    dice = random.Random(seed)
    with capsys.disabled():
        print(f"\nseed {seed}")
    begun = time.monotonic()
    before = bench.kills
    number = 0
    while bench.kills - before < 200:
        number += 1
        victim = dice.choice(("client", "server"))
        deed = dice.random()
        try:
            if deed < 0.45:
                kill_an_edit(bench, victim, dice.uniform(0, 0.3), dice.choice(("E0", "E1")))
            elif deed < 0.85:
                word = dice.choice(("began", "claimed", "copied", "placed"))
                kill_a_batch(bench, victim, word, dice.uniform(0, 0.2), f"random {seed} {number}",
                             dice.choice((1, 50, 3000)))
            else:
                kill_an_installation(bench, victim, "began", dice.uniform(0, 3.5))
        except (AssertionError, FullServiceError) as error:
            raise AssertionError(f"seed {seed}, kill {number}: {error}") from error
    with capsys.disabled():
        print(f"{bench.kills - before} kills in {time.monotonic() - begun:.0f} s, nothing between")
