"""Which of seven languages a reply is in, by script and by stop words; else "other".

Common words of their neighbours are counted too, so that Italian is not taken for
Spanish; a neighbour that wins makes the reply "other".
"""

import re

from proxy.model.behaviour import Language

READ = 200
"""Characters read from the start of the reply."""
ENOUGH = 0.08
"""Share of the words that must be stop words of the language."""
FEW = 6
"""Words up to which a reply may be without any stop word and is taken for the user's language."""
KANA_SHARE = 0.05
"""Of the East Asian characters; Japanese has kana in every sentence, Chinese none."""

KANA = re.compile("[\u3041-\u30ff]")
HAN = re.compile("[\u4e00-\u9fff\u3400-\u4dbf]")
LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
OTHER_LETTER = re.compile(
    "[\u0370-\u1dff\u2c00-\u2dff\ua000-\uabff\uac00-\ud7ff\uf900-\ufdff\ufe70-\ufeff]"
)
WORD = re.compile(r"[^\W\d_]+")

# ruff: noqa: RUF001  # Turkish letters
STOP_WORDS: dict[str, str] = {
    "en": "the and of to is in you that it for are with this can be have your on please what would i my if an or not we how do which as a at by was they from will there me no yes could help let any about which where when who please sorry hi hello thanks thank sure okay ok",
    "es": "el la los las de que y en un una es por con para su no se lo como más pero al del le puede puedo qué cuál usted tu te me este esta está son muy gracias hola sí o si cómo cuándo dónde cuántos cuántas cuánto quieres quiere desea favor necesito ser hay ya mi",
    "fr": "veuillez aux sont leur le la les de des et en un une est que qui dans pour pas vous je ce il elle sur avec plus ne se du au votre vos quel quelle quels comment où quand combien puis peux pouvez merci bonjour oui non ou si cette ces être avez mon ma mes nous désolé souhaitez voulez",
    "de": "der die das und ist in zu den mit von für nicht sie ich ein eine einen auf es im dem auch wie was welche welcher welches wann wo wer wieviele viele können kann bitte ihre ihr ihnen haben sind oder wenn danke hallo ja nein mir mich noch aber leider gerne möchten soll wird des",
    "pt": "o a os as de que e em um uma é por com para seu sua não se do da dos das no na nos nas mais mas você ao pode posso qual quais como quando onde quanto quantos quantas quanta obrigado olá sim ou isso este esta está são muito gostaria deseja favor preciso já meu minha também",
    "it": "il lo gli di che e un una è per con non si sono come più ma della del nel alla può quale cosa grazie ciao anche questo ti vuoi posso dove quando dei sua suo ho hai",
    "nl": "de het een en van ik je is dat niet op te zijn met voor aan er maar om ook als u uw kunt kan wat welke wanneer waar hoe wilt graag bedankt deze heeft",
    "sv": "och att det som en på är av för den med inte jag du har till kan ditt din vilken vad när var hur tack eller om ett vill",
    "da": "og at det som en på er af for den med ikke jeg du har til kan din hvilken hvad når hvor hvordan tak eller om et vil",
    "pl": "i w nie na się z do to jest że co jak czy o ale po za jaki jaka kiedy gdzie proszę dziękuję może dla są masz chcesz",
    "tr": "ve bir bu için ne mi da de ile çok var daha ben sen size hangi nasıl nerede lütfen teşekkürler olarak ister misiniz",
    "id": "yang dan di ini itu untuk dengan anda tidak apa saya bisa dari ke akan adalah ada atau bagaimana kapan mana terima kasih silakan",
    "vi": "và của là có không bạn cho được một tôi các này với để trong những gì nào xin vui lòng cảm ơn",
    "ro": "și de la în nu pe cu un o este sunt care ce pentru mai din să vă dumneavoastră care când unde mulțumesc",
    "fi": "ja on ei se että en mutta hän oli mitä missä milloin kuinka kiitos voit voin tämä olen sinun",
    "cs": "a je se na v to že s z do o jako ale jaký kde kdy prosím děkuji jsem není pro máte chcete",
    "hu": "a az és hogy nem is van egy de mit hol mikor kérem köszönöm meg ez kell szeretne",
}
SPOKEN: dict[str, tuple[str, ...]] = {}
for _language, _words in STOP_WORDS.items():
    for _word in _words.split():
        SPOKEN[_word] = (*SPOKEN.get(_word, ()), _language)
OURS: dict[str, Language] = {
    "en": "en",
    "es": "es",
    "fr": "fr",
    "de": "de",
    "pt": "pt",
}
ENGLISH_ONLY = frozenset(w for w, spoken in SPOKEN.items() if spoken == ("en",))
PLENTY = 4
"""Different words of English alone that settle it without counting the others."""
SURE_MARKS: tuple[tuple[str, Language], ...] = (
    ("¿", "es"),
    ("¡", "es"),
    ("ã", "pt"),
    ("õ", "pt"),
    ("ß", "de"),
)


def language_of(text: str, user: str) -> Language:
    """The reply's language; the user's decides where the reply is too short to tell."""
    sample = text[:READ]
    if not sample.isascii():
        script = _by_script(sample)
        if script is not None:
            return script
    found = _by_words(sample)
    if found is None and user:
        found = _by_words(user[-READ:]) or (_by_script(user[-READ:]))
    if found is not None:
        return found
    return "en" if len(WORD.findall(sample)) <= FEW else "other"


def _by_script(sample: str) -> Language | None:
    kana, han = len(KANA.findall(sample)), len(HAN.findall(sample))
    latin, strange = len(LATIN.findall(sample)), len(OTHER_LETTER.findall(sample))
    if strange > latin + kana + han:
        return "other"
    # One East Asian character carries about as much as three Latin letters.
    if 3 * (kana + han) <= latin:
        return None
    return "ja" if kana >= KANA_SHARE * (kana + han) else "zh"


def _by_words(sample: str) -> Language | None:
    """None where there is nothing to go by."""
    words = WORD.findall(sample.lower())
    if len(ENGLISH_ONLY.intersection(words)) >= PLENTY:
        return "en"
    hits: dict[str, int] = {}
    for word in words:
        for language in SPOKEN.get(word, ()):
            hits[language] = hits.get(language, 0) + 1
    for mark, language in SURE_MARKS:
        if mark in sample:
            hits[language] = hits.get(language, 0) + 2
    if not hits:
        return None
    best = max(hits, key=lambda name: (hits[name], name in OURS))
    alone = hits[best] == 1 and best not in OURS and len(words) > 1
    if hits[best] < ENOUGH * len(words) or (alone and sample.isascii()):
        return None
    return OURS.get(best, "other")
