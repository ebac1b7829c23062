# SPDX-License-Identifier: GPL-2.0-or-later
"""Han characters by their sound: what people type to find 翠湖名邸 without an input method — cuihu, cuihmd or chmd.

The 3,755 characters of level 1 of GB 2312-1980 stand there in the order of their pinyin. So the first character of
each syllable is enough of a table: each character belongs to the last syllable that begins at or before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Optional

# The syllables in the standard's order, each with its first character. v stands for ü, as on a keyboard.
_FIRST = """
a啊 ai埃 an鞍 ang肮 ao凹 ba芭 bai白 ban斑 bang邦 bao苞 bei杯 ben奔 beng崩 bi逼 bian鞭 biao标 bie鳖 bin彬
bing兵 bo玻 bu捕 ca擦 cai猜 can餐 cang苍 cao操 ce厕 ceng层 cha插 chai拆 chan搀 chang昌 chao超 che车
chen郴 cheng撑 chi吃 chong充 chou抽 chu初 chuai揣 chuan川 chuang疮 chui吹 chun春 chuo戳 ci疵 cong聪
cou凑 cu粗 cuan蹿 cui摧 cun村 cuo磋 da搭 dai呆 dan耽 dang当 dao刀 de德 deng蹬 di堤 dian颠 diao碉 die跌
ding丁 diu丢 dong东 dou兜 du都 duan端 dui堆 dun墩 duo掇 e蛾 en恩 er而 fa发 fan藩 fang坊 fei菲 fen芬 feng丰
fo佛 fou否 fu夫 ga噶 gai该 gan干 gang冈 gao篙 ge哥 gei给 gen根 geng耕 gong工 gou钩 gu辜 gua刮 guai乖
guan棺 guang光 gui瑰 gun辊 guo锅 ha哈 hai骸 han酣 hang夯 hao壕 he呵 hei嘿 hen痕 heng哼 hong轰 hou喉 hu呼
hua花 huai槐 huan欢 huang荒 hui灰 hun荤 huo豁 ji击 jia嘉 jian歼 jiang僵 jiao蕉 jie揭 jin巾 jing荆
jiong炯 jiu揪 ju鞠 juan捐 jue撅 jun均 ka喀 kai开 kan刊 kang康 kao考 ke坷 ken肯 keng坑 kong空 kou抠 ku枯
kua夸 kuai块 kuan宽 kuang匡 kui亏 kun坤 kuo括 la垃 lai莱 lan蓝 lang琅 lao捞 le勒 lei雷 leng棱 li厘 lia俩
lian联 liang粮 liao撩 lie列 lin琳 ling玲 liu溜 long龙 lou楼 lu芦 lv驴 luan峦 lue掠 lun抡 luo萝 ma妈 mai埋
man瞒 mang芒 mao猫 me么 mei玫 men门 meng萌 mi眯 mian棉 miao苗 mie蔑 min民 ming明 miu谬 mo摸 mou谋 mu拇
na拿 nai氖 nan南 nang囊 nao挠 ne呢 nei馁 nen嫩 neng能 ni妮 nian蔫 niang娘 niao鸟 nie捏 nin您 ning柠 niu牛
nong脓 nu奴 nv女 nuan暖 nue虐 nuo挪 o哦 ou欧 pa啪 pai拍 pan攀 pang乓 pao抛 pei呸 pen喷 peng砰 pi坯 pian篇
piao飘 pie撇 pin拼 ping乒 po坡 pu扑 qi期 qia掐 qian牵 qiang枪 qiao橇 qie切 qin钦 qing青 qiong琼 qiu秋
qu趋 quan圈 que缺 qun裙 ran然 rang瓤 rao饶 re惹 ren壬 reng扔 ri日 rong戎 rou揉 ru茹 ruan软 rui蕊 run闰
ruo若 sa撒 sai腮 san三 sang桑 sao搔 se瑟 sen森 seng僧 sha莎 shai筛 shan珊 shang墒 shao梢 she奢 shen砷
sheng声 shi师 shou收 shu蔬 shua刷 shuai摔 shuan栓 shuang霜 shui谁 shun吮 shuo说 si斯 song松 sou搜 su苏
suan酸 sui虽 sun孙 suo蓑 ta塌 tai胎 tan坍 tang汤 tao掏 te特 teng藤 ti梯 tian天 tiao挑 tie贴 ting厅 tong通
tou偷 tu凸 tuan湍 tui推 tun吞 tuo拖 wa挖 wai歪 wan豌 wang汪 wei威 wen瘟 weng嗡 wo挝 wu巫 xi昔 xia瞎 xian掀
xiang相 xiao萧 xie楔 xin薪 xing星 xiong兄 xiu休 xu墟 xuan轩 xue靴 xun勋 ya压 yan焉 yang殃 yao邀 ye椰 yi一
yin茵 ying英 yo哟 yong拥 you幽 yu迂 yuan鸳 yue曰 yun耘 za匝 zai栽 zan咱 zang赃 zao遭 ze责 zei贼 zen怎
zeng增 zha扎 zhai摘 zhan瞻 zhang樟 zhao招 zhe遮 zhen珍 zheng蒸 zhi芝 zhong中 zhou舟 zhu珠 zhua抓
zhuai拽 zhuan专 zhuang桩 zhui椎 zhun谆 zhuo捉 zi兹 zong鬃 zou邹 zu租 zuan钻 zui嘴 zun尊 zuo昨
"""
_LAST_ROW, _ROW = 0xD7, range(0xA1, 0xFF)

# Second readings that names of places use, and characters of level 2 that are common in names of estates.
_MORE = """
bai柏 bo泊薄 can参 cen岑 chao朝 chong重 chuan传 cui璀 da大 dai大 di邸 dou都 du都 fu芙阜 gang港 ge格葛 guan观
hang行 hao浩灏 he和荷菏 heng蘅 hong泓弘 huai淮 huan寰 huang凰璜 hui晖荟徽会 jia珈 jiang江 jin瑾 jing菁璟 jun珺 jue觉
kuai会 lan澜岚 le乐 li骊澧莉 lu麓鹭 luo洛 lin琳霖 ling翎 ming茗 mo茉 ni霓 pu埔 pei沛 qi麒祺淇 qiao峤 qin沁 qing清
rong蓉榕 rui睿芮 ruo若 sha厦 shan汕 shen什 shi什石 shu墅蜀 song淞菘 tai邰 tan檀 ting汀婷 tong彤潼 wei苇薇 wan皖
xi玺禧熙溪曦 xia厦 xiang湘 xiao筱 xie榭 xin馨 xing行 xiu岫 xuan轩 xun浔 yan雁滟 yao瑶尧 yi怡弈 yin胤 ying瀛 yong甬
yu御渝妤郁瑜 yuan苑沅 yue乐悦 yun筠芸 zhang长 zhao朝 zhe浙 zhi芷 zhong重 zhuan传 zi梓 zhu竹 zun遵 zhen圳
"""
_INITIALS = frozenset("abcdefghjklmnopqrstwxyz")
_DOUBLE = frozenset(("zh", "ch", "sh"))
_LONGEST, _SPLITS = 24, 12


def _level_1() -> Iterator[tuple[str, str]]:
    """Walk through level 1: each character with its syllable."""
    firsts = {entry[-1]: entry[:-1] for entry in _FIRST.split()}
    syllable = ""
    for row in range(0xB0, _LAST_ROW + 1):
        for cell in _ROW:
            try:
                char = bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:  # the last row is not full
                continue
            syllable = firsts.get(char, syllable)
            yield char, syllable


@lru_cache(maxsize=1)
def _readings() -> dict[str, tuple[str, ...]]:
    """Return character → its readings, the usual one first."""
    found: dict[str, tuple[str, ...]] = {char: (syllable,) for char, syllable in _level_1()}
    for entry in _MORE.split():
        syllable = "".join(char for char in entry if char.isascii())
        for char in entry[len(syllable):]:
            found[char] = tuple(dict.fromkeys((*found.get(char, ()), syllable)))
    return found


@lru_cache(maxsize=1)
def _sounds() -> dict[str, str]:
    """Return syllable → its characters."""
    found: dict[str, list[str]] = {}
    for char, syllables in _readings().items():
        for syllable in syllables:
            found.setdefault(syllable, []).append(char)
    return {syllable: "".join(chars) for syllable, chars in found.items()}


def pinyin(text: str) -> str:
    """Return a text with its Han characters as pinyin without tones; a character that is not known stays as it is."""
    known = _readings()
    return "".join(known[char][0] if char in known else char for char in text)


def sounds_like(typed: str) -> Optional[str]:
    """Return a regular expression (for Python and PostgreSQL) for names that sound as typed; None: no pinyin.

    Typed are syllables, their initials, or both mixed, the last one perhaps unfinished; digits stand for themselves.
    Fewer than two letters say too little.
    """
    plain = "".join(char for char in typed.lower() if char not in " '’-")
    letters = plain.rstrip("0123456789")
    if not 2 <= len(letters) <= _LONGEST or not (letters.isascii() and letters.isalpha()):
        return None
    ways = _splits(letters)
    if not ways:
        return None
    whole = "|".join("".join(_class(part, number == len(way) - 1) for number, part in enumerate(way)) for way in ways)
    return f"({whole}){plain[len(letters):]}"


def _splits(letters: str) -> list[tuple[str, ...]]:
    """Return the ways to read letters as syllables and initials; what starts a syllable may stand last."""
    names = _sounds()
    heads = {name[:length] for name in names for length in range(1, len(name) + 1)}
    ways: list[list[tuple[str, ...]]] = [[] for _ in range(len(letters) + 1)]
    ways[0] = [()]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 6), end):
            part = letters[start:end]
            if part in names or part in _INITIALS or part in _DOUBLE or end == len(letters) and part in heads:
                ways[end] += [(*way, part) for way in ways[start]]
        ways[end] = sorted(ways[end], key=len)[:_SPLITS]
    return ways[-1]


@lru_cache(maxsize=512)
def _class(part: str, last: bool) -> str:
    """Return the characters that a part may stand for, as a class of a regular expression."""
    names = _sounds()
    start = last or part in _INITIALS or part in _DOUBLE
    chars = (names[name] for name in names if name == part or start and name.startswith(part))
    return "[" + "".join(dict.fromkeys("".join(chars))) + "]"
