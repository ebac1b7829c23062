# SPDX-License-Identifier: GPL-2.0-or-later
"""Takes secrets and people out of a text before it leaves the house: what it cannot tell apart it rather takes out.

Kept on purpose, since support needs them: table and column names, codes and uuids of rows, versions, ports, databases
and services by name, our own sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: What stands in the place of something that was taken out.
SECRET, PERSON, PHONE, MAIL, HOST, HOME, ROW, NUMBER = (
    "‹secret›", "‹person›", "‹phone›", "‹mail›", "‹host›", "~", "‹row›", "‹number›")

#: A value as libpq, QGIS or JSON write it: quoted with backslashes (without an end: all that follows), or up to space.
_VALUE = r"""(?:'(?:\\.|''|[^'\\])*(?:'|\\?\Z)|"(?:\\.|[^"\\])*(?:"|\\?\Z)|(?:\\.|[^\s\\])+\\?)"""
_ASSIGN = r"""["']?\s*[=:：]\s*"""
_SECRET_KEY = (r"[\w-]*(?:passw(?:or)?d|passwort|passphrase|passfile|pwd|secret|token|api[_-]?key|authcfg"
               r"|auth_?config|authorization|credential|sslkey|sslcert|private[_-]?key|cookie|session[_-]?id|signature)[\w-]*"
               r"|密码|口令|密钥|令牌")
_PERSON_KEY = r"\b(?:user|username|login|contact|wechat|weixin)|联系人|姓名|微信号?|用户名?|登录名"
_DIGIT = r"[0-9０-９]"
_GAP = r"[ \t\u00a0\-‐–.·]?"

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), put)
    for pattern, put in (
        # PostgreSQL tells the whole row that failed, and the values of a key
        (r"(Failing row contains )\(.*?\)(?=\.?(?:\s*\n|\s*\)?\s*\Z|\.\)))", rf"\1({ROW})"),
        (r"(Key \([^)]*\)=)\(.*?\)(?= (?:already|is|conflicts|exists)|\.|\s*\n|\s*\Z)", rf"\1({ROW})"),
        # addresses with a login in them; the login ends at the last @ before a space
        (r"\b([a-z][a-z0-9+.\-]*://)\S*@[^\s/?#'\"]*", rf"\1{SECRET}@{HOST}"),
        (rf"({_SECRET_KEY})({_ASSIGN})(?:(?:bearer|basic|digest)\s+)?{_VALUE}", rf"\1\2{SECRET}"),
        (r"\b(bearer|basic|digest)\s+[A-Za-z0-9+/=._~\-]{8,}", rf"\1 {SECRET}"),
        (r"([?&](?:tk|key|ak|sk|sig|code|auth)=)[^&\s'\"]+", rf"\1{SECRET}"),
        (r"\beyJ[\w\-]{6,}\.[\w\-]+(?:\.[\w\-]*)?", SECRET),
        (r"\b[0-9a-f]{32,}\b", SECRET),
        (rf"(\b(?:host|hostaddr|servername)\s*=\s*){_VALUE}", rf"\1{HOST}"),
        (r"(connection to server (?:at|on socket) )\"[^\"]*\"(?: \([^)\s]*\))?", rf'\1"{HOST}"'),
        (r"(could not translate host name )\"[^\"]*\"", rf'\1"{HOST}"'),
        (r"(\b(?:for user|for role|role|user|login) )[\"“][^\"”\n]*[\"”]", rf'\1"{PERSON}"'),
        (rf"({_PERSON_KEY})({_ASSIGN}){_VALUE}", rf"\1\2{PERSON}"),
        (r"[\w.+\-%']+@[\w\-]+(?:\.[\w\-]+)+", MAIL),
        (r"(?<![\w.])/(?:home|Users|var/home)/[^/\s'\"]+", HOME),
        (r"\b[a-z]:[\\/]+(?:Users|Documents and Settings)[\\/]+[^\\/\s'\"]+", HOME),
        # identity cards, mobiles and other telephones of China, then numbers that begin with +
        (rf"(?<![\w０-９]){_DIGIT}{{17}}[0-9０-９xX](?![\w０-９])", NUMBER),
        (rf"(?<![0-9０-９])(?<![0-9]\.)(?:(?:\+|＋|00)?[8８][6６]{_GAP})?[1１][3-9３-９](?:{_GAP}{_DIGIT}){{9}}"
         r"(?![0-9０-９])", PHONE),
        (rf"(?<![\w０-９.])0[1-9]\d{{1,2}}{_GAP}\d{{7,8}}(?![\w.])", PHONE),
        (rf"(?<![\w])[+＋]{_DIGIT}(?:[ \-()]?{_DIGIT}){{6,14}}(?![0-9０-９])", PHONE),
        (r"\b(?:\d{1,3}\.){3}\d{1,3}\b(?=[:/\s)\]\"',]|\Z)", HOST),
    )
)


def scrub(text: str, names: Iterable[str] = ()) -> str:
    """Return ``text`` without passwords, tokens, authentication ids, hosts and logins of connections, e-mail
    addresses, telephone and identity numbers, rows that PostgreSQL tells of, home folders, and ``names`` of people.

    Names of one letter are left alone. Doing it twice changes nothing more.
    """
    for pattern, put in _RULES:
        text = pattern.sub(put, text)
    known = sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    if known:
        latin = [re.escape(name) for name in known if name.isascii()]
        other = [re.escape(name) for name in known if not name.isascii()]
        parts = [rf"(?<![A-Za-z0-9_])(?:{'|'.join(latin)})(?![A-Za-z0-9_])"] if latin else []
        text = re.sub("|".join(parts + other), PERSON, text, flags=re.IGNORECASE)
    return text
