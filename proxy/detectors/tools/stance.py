"""What a reply to the user says about its work: done, not done, asked back, handed over."""

import re
from dataclasses import dataclass

from proxy.detectors.tools.verbs import Deed

I = re.IGNORECASE  # noqa: E741  # the flag's own short name

HEAD, TAIL = 1_000, 1_000
"""Characters read of a reply."""

CODE = re.compile(r"```[^`]*```|<solution>.*?</solution>", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?。!?])\s+|\n+")

ADMITS = re.compile(
    r"\b(?:unfortunately\b|regret(?:tably|fully)?\b|unable\b|not able to\b|fail(?:ed|s|ure)\b"
    r"|i(?: am|'m)? ?(?:still )?(?:can't|cannot|can not|could ?n[o']t|did ?n[o']t|do ?n[o']t"
    r"|was ?n[o']t|have ?n[o']t) "
    r"|(?:can't|cannot|could ?n[o']t|was not|wasn't|were not|weren't|has not|hasn't|have not"
    r"|is not|isn't|are not|aren't|does not|doesn't|did not|didn't) (?:be |been |able |currently "
    r"|yet |actually )?(?:find|locate|access|complet|process|proceed|available|possible|valid"
    r"|exist|support|enough|recogni|work|allow|permit|succe|contain|found|seem|appear|deleted"
    r"|updated|created|sent|set|cancel|any)\w*"
    r"|no longer\b|not enough\b|(?:an?|the|some) (?:\w+ )?(?:error|issue|problem)s? "
    r"|there (?:are|is|were|was) (?:no|not|an? (?:\w+ )?(?:issue|error|problem))\b"
    r"|unsuccessful\b|does ?n[o']t exist\b|not found\b|no (?:\w+ ){1,3}(?:found|exists?)\b"
    r"|despite (?:\w+ ){0,3}(?:attempt|effort|tr)|neither\b|without success\b"
    r"|no puedo\b|no pude\b|lamentablemente\b|malheureusement\b|désolé|n'ai pas pu\b"
    r"|leider\b|konnte (?:\w+ ){0,4}nicht\b|infelizmente\b|não (?:foi|consegui|pude)\b)"
    r"|无法|抱歉|失败|不存在|できません|申し訳|失敗|見つかりません",
    I,
)
"""It did not work out, and the reply says so."""

ASKS = re.compile(
    r"\b(?:(?:could|can|would|will) you (?:please |kindly |also )?(?:provide|confirm|tell|share"
    r"|specify|clarify|give|send|let me know|verify|check|double[- ]check|supply|try)\b"
    r"|please (?:provide|confirm|specify|clarify|share|tell|let me know (?:how|if you(?:'d| would)"
    r"|which|what|whether|the|your)|supply|give|verify|check|double|send|reply|choose|select)"
    r"|i(?:'ll| will)? need (?:you to|your|the|more|some|to know)\b[^.?!]{0,120}(?:\?|from you"
    r"|to proceed|to continue|please)"
    r"|(?:which|what|when|where|who|how many|how much|how)\b[^.?!\n]{0,160}\?"
    r"|(?:do|would|should|shall|is|are|did|could|may) (?:you|i|we|it|that|this)\b[^.?!\n]{0,200}\?"
    r"|(?:podría|puede|pourriez|pouvez|könnten|können|poderia|pode)\b[^.?!\n]{0,160}\?)"
    r"|请(?:提供|确认|告诉)|(?:教えて|ご確認)ください|吗[?\uff1f]|ますか",
    I,
)
COURTESY = re.compile(
    r"\b(?:anything|something) else\b|\bany (?:other|further|more|additional) (?:questions?|help"
    r"|assistance|requests?)\b|\bfurther assistance\b|\bfeel free\b|\bhow (?:else )?(?:can|may) i"
    r" (?:help|assist)|\blet me know if (?:you(?:'d| would)? (?:need|have|like any)|there)"
    r"|\bif you (?:need|have) (?:any|further|more)|\bis there (?:anything|something)",
    I,
)
"""Asks for nothing that the work needs."""

ESCALATES = re.compile(
    r"\b(?:transfer(?:red|ring)?|connect(?:ed|ing)?|hand(?:ed|ing)?|escalat(?:e|ed|ing)|forward"
    r"(?:ed|ing)?|route|refer(?:red|ring)?|pass(?:ed|ing)?) (?:you|this|your \w+|the \w+|it)"
    r"(?: \w+){0,4} to (?:an? |our |the )?(?:\w+ ){0,3}(?:agent|human|representative|support|team"
    r"|specialist|supervisor|department|colleague|manager)"
    r"|\bescalat(?:ed|ing) (?:this|your|the|it)\b|\byou (?:are being|have been|will be) transferred\b",
    I,
)
HANDS_OVER = re.compile(
    r"transfer.*(?:human|agent|support)|escalat|handoff|hand_off|handover|human_agent",
    I,
)
"""Names of tools that fetch a person."""

DOINGS: dict[Deed, str] = {
    "send": "sent forwarded replied emailed notified posted submitted published shared"
    " messaged",
    "remove": "deleted removed cancelled canceled cleared dropped archived revoked",
    "make": "created added made scheduled booked reserved inserted plotted generated"
    " uploaded registered saved stored written drawn invited built",
    "change": "updated modified changed edited moved renamed assigned reassigned set marked"
    " replaced adjusted converted merged rescheduled completed fixed",
    "trade": "paid charged refunded purchased bought ordered returned exchanged transferred",
    "operate": "installed deployed applied enabled disabled started stopped restarted reset"
    " launched closed committed pushed approved turned played clicked tested executed run"
    " ran verified",
}
DONE = {word: deed for deed, words in DOINGS.items() for word in words.split()}
VERBS = "|".join(sorted(DONE, key=len, reverse=True))
CLAIM = re.compile(
    rf"\b(?:i(?:'ve| have| just| already)|(?:has|have) (?:now |just |also )?been|was|were"
    rf"|is now|are now|been|i) (?:(?:now|also|just|already|successfully) )*({VERBS})\b"
    rf"|\bsuccessfully (?:been )?({VERBS})\b|\b({VERBS}) (?:\w+ ){{0,3}}?successfully\b"
    rf"|\b({VERBS}) as requested\b",
    I,
)
SUCCEEDED = re.compile(
    r"\b(?:successful(?:ly)?\b|all (?:set|done)\b|is (?:now )?(?:complete|done)\b"
    r"|all (?:the )?tests? pass|works? (?:correctly|as expected|fine|perfectly)\b"
    r"|tests? (?:has |have |is |are )?(?:now )?pass(?:ed|es|ing)?\b"
    r"|se ha(?:n)? (?:enviado|eliminado|creado|actualizado|cancelado)|a été (?:envoyé|supprimé"
    r"|créé|annulé)|wurde (?:\w+ ){0,4}(?:gelöscht|gesendet|erstellt|storniert)|foi (?:enviad"
    r"|excluíd|criad|cancelad|atualizad)\w+)|^\W*done\b|已(?:经)?(?:发送|删除|创建|取消|更新|完成)|しました",
    I,
)
TESTED = re.compile(
    r"\b(?:i|we)(?:'ve| have)? (?:tested|verified|checked|run|executed|confirmed)\b"
    r"|\ball (?:the )?(?:\w+ )?tests? (?:now )?pass|\btests? (?:have |has )?(?:now )?pass(?:ed|es)?\b"
    r"|\b(?:ran|runs|executed|executes|works|worked) (?:successfully|correctly|without)\b",
    I,
)
"""What one may claim of a program that was run."""
CONDITIONAL = re.compile(
    r"^\W*(?:if|once|when|after|until|unless|before|should|would|could|assuming|as soon as)\b"
    r"|\bshould (?:now )?(?:work|be|have)\b|\bwould (?:be|have)\b|\bwill (?:be|have)\b|\?\s*$"
    r"|\b(?:not|n't|never|cannot) (?:yet |been |be |successfully |actually ){0,2}"
    rf"(?:{VERBS})\b",
    I,
)
MADE_UP = re.compile(
    r"^\W*(?:observation|tool (?:result|output)|function result)\s*:", I
)
"""A tool's result that the model wrote itself."""

WRITTEN = re.compile(
    r"""["']?(?:action|tool|tool_name|function|name|recipient_name)["']?\s*[:=]\s*["'`]?"""
    r"""(?!final)[\w.]+["'`]?\s*,?\s*["']?(?:action_input|action input|arguments|args|parameters|input"""
    r"""|tool_input|params)\b"""
    r"|<(?:tool_call|function_call|invoke|function=)|\bAction:\s*(?:```(?:json)?\s*\{?|[\w.]+\s*\n)"
    r"|\bAction:\s*$",
    I,
)
"""A call in words: the client found none to run."""


@dataclass(frozen=True, slots=True)
class Stance:
    """A reply as far as the outcome of errors depends on it."""

    is_empty: bool = False
    admits: bool = False
    asks: bool = False
    escalates: bool = False
    writes_call: bool = False
    is_cut: bool = False
    claims: frozenset[Deed] = frozenset()
    succeeds: bool = False
    """Says that it is done, whatever it is."""
    tested: bool = False
    made_up: bool = False


EMPTY = Stance(is_empty=True)


def stance(text: str, is_cut: bool = False) -> Stance:
    told = text.strip()
    if not told:
        return EMPTY if not is_cut else Stance(is_empty=True, is_cut=True)
    if len(told) > HEAD + TAIL:
        told = f"{told[:HEAD]}\n{told[-TAIL:]}"
    plain = CODE.sub(" ", told)
    sentences = list(dict.fromkeys(one for one in SENTENCE.split(plain) if one))
    claimed = [one for one in sentences if is_claim(one)]
    return Stance(
        admits=ADMITS.search(plain) is not None,
        asks=bool(ASKS.search(plain)) and any(map(is_request, sentences)),
        escalates=ESCALATES.search(plain) is not None,
        writes_call=WRITTEN.search(told) is not None,
        is_cut=is_cut or told.count("```") % 2 == 1,
        claims=frozenset(deed for s in claimed for deed in deeds(s)),
        succeeds=any(SUCCEEDED.search(s) for s in claimed),
        tested=any(TESTED.search(s) for s in claimed),
        made_up=MADE_UP.match(told) is not None,
    )


WORDS = re.compile(r"[a-z]+")
CLAIMING = frozenset({*DONE, "works", "worked", "pass", "passes", "runs", "confirmed"})
"""Words that a claim in English has one of, if it is not one of `SUCCEEDED`."""


def is_request(sentence: str) -> bool:
    return bool(ASKS.search(sentence)) and not COURTESY.search(sentence)


def is_claim(sentence: str) -> bool:
    """It may tell of something done, and not of what might be."""
    told = WORDS.findall(sentence.lower())
    may = not CLAIMING.isdisjoint(told) or SUCCEEDED.search(sentence) is not None
    return may and CONDITIONAL.search(sentence) is None


def deeds(sentence: str) -> list[Deed]:
    if DONE.keys().isdisjoint(WORDS.findall(sentence.lower())):
        return []
    found = [next(filter(None, hit.groups())) for hit in CLAIM.finditer(sentence)]
    return [DONE[word.lower()] for word in found]
