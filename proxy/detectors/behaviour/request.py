"""What the request asks for, where that decides how a question in the reply is meant.

Role-play, quizzes, translations and "write me questions" are visible here, not in the reply.
"""

import re
from typing import Literal

Aim = Literal[
    "play",
    "roleplay",
    "write",
    "translate",
    "questions",
    "small_talk",
    "thanks",
    "accepts",
    "rejects",
]

PLAY = re.compile(
    r"\b(?:riddles?|quiz(?:zes)?|trivia|escape room|tic.?tac.?toe|hangman|text adventure|text.based|rpg|dungeon|20 questions"
    r"|twenty questions|game master|play (?:a|the|some|chess)|let's play|puzzle|would you rather|truth or dare|test me|test my"
    r"|guess (?:the|what|who)|flashcards?|interview me|mock interview|choose your own|simulat\w+ (?:a|an|the) (?:game|conversation))\b"
)
QUESTIONS = (
    r"questions?|faqs?|survey|questionnaire|prompts?|jokes?|taglines?|slogans?"
    r"|headlines?|titles?|quotes?|captions?|hooks?|icebreakers?"
)
TEXTS = (
    r"story|tale|poem|song|lyrics|letter|e-?mail|blog|article|essay|script|dialogue|dialog|scene|novel|chapter|speech|post|tweet"
    r"|ad|advert\w*|review|monologue|sketch|screenplay|conversation|message|copy|newsletter|description|sermon|rap|haiku"
)
MAKE = r"write|draft|compose|craft|create|generate|make|tell|produce|regale|script|give|suggest|list|ask|come up with|provide|prepare"

AIMS: tuple[tuple[Aim, re.Pattern[str]], ...] = (
    ("play", PLAY),
    (
        "roleplay",
        re.compile(
            r"\b(?:act(?:ing)? (?:as|like)|pretend|role.?play\w*|imagine (?:you|that you)|you are (?:now )?(?:an?|the|going to be) "
            r"|assume the role|play the (?:role|part)|take on the|in the (?:style|voice|character) of|from the perspective of"
            r"|as if you (?:were|are)|be my|suppose you|persona|you're an? |speak (?:like|to)|talk like|stay in character|impersonat\w+)"
        ),
    ),
    (
        "translate",
        re.compile(
            r"\b(?:translat\w+|proofread|rewrite|rephrase|paraphrase|reword|summari[sz]e"
            r"|(?:correct|fix|improve) (?:the|this|my) (?:grammar|sentence|text|spelling|email|paragraph|wording))\b"
        ),
    ),
    (
        "questions",
        re.compile(
            rf"\b(?:(?:{MAKE})\b.{{0,60}}\b(?:{QUESTIONS}|interview)\b|(?:{QUESTIONS}) (?:for|about|to|that|on|based|from|i can|i could)\b|interview (?:\w+ )?questions)"
        ),
    ),
    ("write", re.compile(rf"\b(?:{MAKE})\b.{{0,60}}\b(?:{TEXTS})\b")),
)
OPENINGS: tuple[tuple[Aim, re.Pattern[str]], ...] = (
    (
        "small_talk",
        re.compile(
            r"\W*(?:hi|hello|hey|yo|good (?:morning|evening|afternoon)|greetings|what'?s up|sup|howdy|how are you)\b"
        ),
    ),
    (
        "accepts",
        re.compile(
            r"\W*(?:yes|yeah|yep|sure|ok|okay|great|perfect|awesome|cool|nice|good|sounds good|that (?:sounds|works|is|looks|will|one)"
            r"|that's|i like|i love|correct|right|fine|wonderful|excellent|alright|go ahead|please do|i'd like that)\b"
        ),
    ),
    (
        "rejects",
        re.compile(r"\W*(?:no|nope|nah|not really|i don't|i do not|neither|none)\b"),
    ),
)
THANKS = re.compile(
    r"\b(?:thanks|thank you|thx|ty|cheers|appreciate|that's all|that is all|nothing else|no more|all good|goodbye|bye)\b"
)

READ = 200
"""Characters read at either end of the user's message."""


def aims(user: str, system: str) -> list[Aim]:
    """Everything the request seems to want; the order is the tables'."""
    ends = user if len(user) <= 2 * READ else f"{user[:READ]} {user[-READ:]}"
    ends = ends.lower()
    found: list[Aim] = [name for name, pattern in AIMS if pattern.search(ends)]
    found += [name for name, pattern in OPENINGS if pattern.match(ends)]
    if THANKS.search(ends):
        found.append("thanks")
    if system and "play" not in found and PLAY.search(system[:READ].lower()):
        found.append("play")
    return found
