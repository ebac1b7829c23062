# SPDX-License-Identifier: GPL-2.0-or-later
"""What the samples are called. Each name says that it is a sample (样板)."""

from __future__ import annotations

WORDS = {
    "en": {
        "branch": "Sample branch",
        "micro_region": "Sample micro-region {n}",
        "grid": "Sample grid {n}",
        "olt": "Sample OLT {n}",
        "owner_self": "Sample Telecom",
        "owner_other": "Sample Tower Company",
        "property": "Sample Property Management {n}",
        "committee": "Sample Owners' Committee {n}",
        "developer": "Sample Developer {n}",
        "landlord": "Sample Landlord {n}",
        "station": "Sample base station {n}",
        "hall": "Sample service hall {n}",
        "room": "Sample equipment room {n}",
        "home": "Sample home {speed}M",
        "business": "Sample business {speed}M",
        "note": "Sample row made by the demo.",
        "remark": "sample",
        "source": "sample observation",
        "observer": "sample observer {n}",
        "next": "Sample: call the other side",
        "promotion": "Sample: three months free",
        "lost_street": "Nowhere Street",
        "evidence": "Sample evidence: {kind}\nBuilding: {building}\nDate: {on}\n\nMade by the demo. Not a real document.",
        "survey": "site survey", "proposal": "proposal", "term_sheet": "term sheet", "agreement": "signed agreement",
        "permit": "entry permit", "acceptance": "acceptance of works", "letter": "letter of refusal",
        "photo": "photo log", "case": "mediation case",
    },
    "zh": {
        "branch": "样板分公司",
        "micro_region": "样板微区域{n}",
        "grid": "样板网格{n}",
        "olt": "样板OLT{n}",
        "owner_self": "样板移动",
        "owner_other": "样板铁塔",
        "property": "样板物业公司{n}",
        "committee": "样板业主委员会{n}",
        "developer": "样板开发商{n}",
        "landlord": "样板房东{n}",
        "station": "样板基站{n}",
        "hall": "样板营业厅{n}",
        "room": "样板机房{n}",
        "home": "样板家庭宽带{speed}M",
        "business": "样板商企宽带{speed}M",
        "note": "演示程序生成的样板数据。",
        "remark": "样板",
        "source": "样板情报",
        "observer": "样板采集员{n}",
        "next": "样板：联系对方",
        "promotion": "样板：免费体验三个月",
        "lost_street": "样板无名路",
        "evidence": "样板佐证材料：{kind}\n楼栋：{building}\n日期：{on}\n\n由演示程序生成，并非真实文件。",
        "survey": "勘查记录", "proposal": "进场方案", "term_sheet": "条款清单", "agreement": "进场协议",
        "permit": "准入许可", "acceptance": "竣工验收单", "letter": "拒绝函", "photo": "现场照片记录", "case": "协调案卷",
    },
}


def say(language: str, key: str, **values: object) -> str:
    """Return a word of the samples in a language."""
    return WORDS[language][key].format(**values)
