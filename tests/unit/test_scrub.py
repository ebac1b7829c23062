# SPDX-License-Identifier: GPL-2.0-or-later
"""What leaves the house holds no secret and no person, whatever the log looked like."""

from __future__ import annotations

import string

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fullservice_plugin.core.scrub import scrub

WILD = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
NOISE = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=40)
#: A secret that no part of our own words can contain by chance.
SECRETS = NOISE.map(lambda text: "Zq" + text + "7Ωx")
WORDS = st.text(string.ascii_letters + string.digits + "_%.-~", min_size=6, max_size=24).map(lambda text: "Zq7" + text)
DIGITS = st.text(string.digits, min_size=9, max_size=9)


def gone(secret: str, text: str) -> None:
    """Neither the secret is there nor what it begins and ends with, by which a part of it would be known."""
    assert secret not in text and "Zq" not in text and "7Ωx" not in text, text


@WILD
@given(SECRETS, NOISE, NOISE, st.sampled_from(["password", "sslpassword", "passfile"]))
def test_conninfo_as_libpq_writes_it(secret, before, after, key):
    import psycopg2.extensions

    said = psycopg2.extensions.make_dsn(host="db.secret-host.example", user="li.wei", dbname="stock", **{key: secret})
    clean = scrub(f"{before}\n{said}\n{after}")
    gone(secret, clean)
    assert "secret-host" not in clean and "li.wei" not in clean


@WILD
@given(SECRETS, NOISE)
def test_sources_as_qgis_writes_them(secret, after):
    quoted = secret.replace("\\", "\\\\").replace("'", "\\'")
    said = f"dbname='stock' host=db.secret-host.example port=5432 user='li.wei' password='{quoted}' key='fid' {after}"
    gone(secret, scrub(said))


@WILD
@given(WORDS, WORDS, NOISE, NOISE)
def test_addresses_with_a_login(user, secret, before, after):
    for scheme in ("postgresql", "postgres", "https", "ftp"):
        clean = scrub(f"{before} {scheme}://{user}:{secret}@db.secret-host.example:5432/stock?sslmode=require {after}")
        gone(secret, clean)
        gone(user, clean)
        assert "secret-host" not in clean


@WILD
@given(WORDS, st.sampled_from([
    "authcfg={}", "authcfg='{}'", "AUTHCFG: {}", '{{"token": "{}"}}', "https://t0.example/wmts?tk={}&x=1",
    "PGPASSWORD={}", "Authorization: Bearer {}", "api_key = {}", "https://x.example/?key={}", "密码：{}",
    "access-token={}", "cookie: {}"]))
def test_tokens_and_authentication_ids(secret, form):
    gone(secret, scrub("before " + form.format(secret) + " after"))


@WILD
@given(st.sampled_from("3456789"), DIGITS, st.sampled_from(["", " ", "-", "."]),
       st.sampled_from(["", "+86 ", "+86", "0086-", "86 "]), NOISE)
def test_chinese_mobile_numbers(second, rest, gap, country, before):
    assume(not before or not before[-1].isalnum())
    assume(not before.endswith("."))
    number = f"1{second}{rest[0]}{gap}{rest[1:5]}{gap}{rest[5:]}"
    for written in (number, number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))):
        clean = scrub(f"{before}电话{country}{written}，业主")
        assert written not in clean and rest[5:] not in clean.partition("电话")[2], clean


@WILD
@given(st.text(string.ascii_letters + string.digits + "._+-", min_size=1, max_size=20), WORDS)
def test_mail_addresses(local, domain):
    domain = domain.replace("_", "").replace("%", "").replace("~", "").strip(".-") + ".example"
    assume(".." not in domain)
    assert f"{local}@" not in scrub(f"sent to {local}@{domain}.")


@WILD
@given(NOISE, NOISE, st.lists(st.sampled_from(
    ["password=ab'c d", "13812345678", "a@b.cc", "postgres://u:p@h/d", "李伟"]), max_size=4))
def test_doing_it_twice_changes_nothing_more(before, after, inside):
    once = scrub(before + " ".join(inside) + after, ["李伟"])
    assert scrub(once, ["李伟"]) == once


@WILD
@given(st.sampled_from(["李伟", "Wei Li", "li.wei", "欧阳娜娜"]), NOISE)
def test_people_that_are_known(name, around):
    assume(not around or not around[-1].isalnum())
    assert name not in scrub(f"{around} {name} {around}", [name])


@pytest.mark.parametrize("text", [
    "PostgreSQL 15.18, PostGIS 3.3.2, QGIS 3.22.16, Python 3.11.2, GDAL 3.6.2",
    "Plan P-2026-0003: 1234 homes passed, cost 1234567.89, lower bound 1200000.5, benefit 12.",
    "row 01a2265c-8724-7dbe-aafa-eb3f0f67b2a7 of fullservice.building was changed",
    "The store “stock” has version 3, this plugin needs 4.",
    "小区 12 栋 2026-11-29 08:12:07.844193+00 13,812,345,678 元",
    "120.138123456789 30.2513812345678", "dbname='stock' port=5432 sslmode=require service='stock'",
    "The estate 13812 has no key yet; sort key: code", "2.5 s; 10:20:30; 2026-11-29",
])
def test_what_support_needs_is_left(text):
    assert scrub(text) == text


def test_rows_and_logins_that_postgresql_tells_of():
    said = ('agreement: a value breaks the rule agreement_type_is_a_code '
            '(Failing row contains (1, 李雷, 13800001234).).\n'
            'Key (phone)=(13800001234, (x)) already exists.\nFATAL: password authentication failed for user "li.wei"\n'
            'connection to server at "db.inner.example" (10.1.2.3), port 5432 failed\n'
            '/home/liwei/maps C:\\Users\\liwei\\x')
    clean = scrub(said)
    for word in ("李雷", "1380000", "li.wei", "inner", "10.1.2.3", "liwei"):
        assert word not in clean, clean
    for word in ("agreement_type_is_a_code", "Key (phone)", "port 5432", "password authentication failed"):
        assert word in clean, clean
