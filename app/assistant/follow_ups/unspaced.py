"""The same for scripts without spaces, where a question is one run: its particles are set apart as words."""

from __future__ import annotations

import re

from app.language.words import UNSPACED_RUN

_GOING_ON = "那么 那 然后 では じゃあ じゃ それで それと 그럼 그리고 그러면"
_POINTING = "它 那里 那儿 那边 他 她 这个 那个 这份 那份 それ そこ これ 彼 彼女 그것 거기 그건"
_MORE = "更多 还有吗 还有 もっと 他には ほかに 더"
_ASKING = "为什么 为何 なぜ どうして 왜 多少钱 多少 什么时候 いつ いくら 언제 얼마 谁 誰 哪里 どこ"
_VAGUE = "是什么 什么 怎么样 如何 何ですか 何"
_ORDINALS = "第一 一つ目 1つ目 1番目 첫번째|第二 二つ目 2つ目 2番目 두번째|第三 三つ目 3つ目 3番目 세번째|第四|第五"
GOING_ON = frozenset(_GOING_ON.split())
POINTING = frozenset(_POINTING.split())
MORE = frozenset(_MORE.split())
ASKING = frozenset(_ASKING.split())
ORDINALS = {word: number for number, words in enumerate(_ORDINALS.split("|"), 1) for word in words.split()}
OF = "的"
_ENDINGS = ("是多少", "怎么样", "はどうですか", "ですか", "ますか", "は", "呢", "吗", "是", "个", "份")
_BEGINNINGS = sorted(GOING_ON, key=len, reverse=True)
_LEFT_OUT = frozenset(_VAGUE.split())
_APART = sorted({*POINTING, *MORE, *ASKING, *_LEFT_OUT, *ORDINALS, "的", "の"}, key=len, reverse=True)
_MARK = re.compile("|".join(map(re.escape, _APART)))


def split(question: str) -> str:
    """A question with the particles of scripts without spaces set apart by spaces; others as they are."""
    if not UNSPACED_RUN.search(question):
        return question
    return UNSPACED_RUN.sub(lambda run: f" {_parts(run.group())} ", question)


def _parts(run: str) -> str:
    begin = next((cue for cue in _BEGINNINGS if run.startswith(cue) and len(run) > len(cue)), "")
    rest = run[len(begin) :]
    for ending in _ENDINGS:
        if rest.endswith(ending) and len(rest) > len(ending):
            rest = rest[: -len(ending)]
    apart = _MARK.sub(lambda mark: f" {'的' if mark.group() == 'の' else mark.group()} ", rest)
    words = [_without_particle(word) for word in apart.split() if word not in _LEFT_OUT]
    return " ".join([begin, *words]).strip()


def _without_particle(word: str) -> str:
    return word[:-1] if len(word) > 1 and word[-1] in "はがを" else word
