"""What English sentences do to their reader: one class each, the first sign that fits.

Sentences arrive in small letters. The order is the meaning: a courtesy also says "let me
know", an offer also says "would you like", a confirmation also says "please".
"""

import re

from proxy.detectors.behaviour.acts import Grammar, at_word, sign
from proxy.detectors.behaviour.english_requests import REQUEST, TOO, WH
from proxy.detectors.behaviour.evasions import ABSTENTION, REFUSAL

CUE = at_word(
    [
        r"(?:please|pls|plz|let me know|feel free|tell|need|provide|clarify|specify|kindly)\b",
        r"confirm",
        r"(?:could|can|would|will|may|might|do|did|are|have|shall|should) (?:you|u|i|we)\b",
        r"(?:i can|i could|i'd|am i|would like)\b",
        r"if (?:you|u|there|this|that|it|the|your|any|needed|necessary|so|none)\b",
        r"(?:did|does) (?:that|this|it)\b",
        r"(?:useful|helpful|good|find out) (?:to know|which|what)\b",
        r"(?:wondering|curious|assist|help|helps|not sure|unsure|unclear|not clear|understand|to know|must know)\b",
        r"(?:correct|right|just say|share|require|requires|happy|glad|hesitate|send|paste|upload|mind|missing)\b",
        r"(?:proceed|continue|reply|approve|without|hope|in case|that'll be)\b",
        r"(?:want|like) me\b",
        r"(?:anything|something|what|how) else\b",
        r"(?:how|what|whats) (?:about|up)\b",
        r"one of (?:these|those|the)\b",
        r"any (?:other|more|further|questions)\b",
        r"your (?:answer|guess|turn|move)\b",
        r"(?:playing|booking|making|scheduling|reserving|canceling|cancelling)\b",
    ]
)
CUE_OPENING = re.compile(
    r"(?:\w{1,8}[ ,.!:-]+){0,4}?(?:wh?ats?|what's|which|when|where|who|how|whether|why|any|do ya|once|unless|verify|double"
    r"|is (?:it|this|that|there|the|your)|are (?:there|these))\b"
)

PLAY = sign(
    "play",
    [
        r"what (?:do|will|would|does|should) (?:you|he|she|they) (?:do|say|choose|reply)\b(?! for| to | with)",
        r"how (?:do|will|would) you (?:proceed|respond|react)\b",
        r"what(?:'s| is) your (?:next )?(?:move|answer|guess|action)\b",
        r"your (?:answer|guess|turn|move)\b",
        r"can you (?:guess|solve|find the answer|figure)\b",
        r"what am i\b",
        r"ready (?:for|to) (?:play|begin|start|the next)",
        r"[ab]\) .*\b[bcd]\) ",
        r"who'?s there\b",
        r"which (?:path|door|way|move) (?:do|will|would) you\b",
    ],
    gate="do say choose reply proceed respond react move answer guess action turn solve find figure am begin start play next a b who's whos path door way",
)

GREETING = sign(
    "greeting",
    [
        r"how (?:can|may|could|might|shall) (?:i|we) (?:best )?(?:help|assist|be of|serve|support)\b",
        r"what (?:can|may|could) (?:i|we) (?:help|assist|do for|get|show)\b",
        r"what (?:brings you|would you like to (?:do|talk|chat|discuss|know|learn|work on)(?: about)?(?: right now| today| next| first| now)?\?)",
        r"what(?:'s| is) on your mind\b",
        r"(?:how|what) would you like (?:me )?to (?:help|assist)",
        r"is there (?:anything|something)(?: specific| in particular)? (?:that )?(?:i can|you(?:'d| would) like|you need)(?!.{0,60}\b(?:include|focus|about|cover|avoid|in the|for the|for your)\b)",
        r"let me know (?:how|what) i can\b",
        r"let me know what(?:'s| you(?:'d| would| need| want|'re| are))\b.{0,60}\b(?:help|explore|working|mind|talk|discuss|chat)",
        r"how (?:can|may) th\w+ .{0,40}\bbe of service\b",
        r"what(?:'s| is) up\b",
        r"how (?:i can|can we|may we) (?:assist|help)\b",
    ],
    gate="help assist be serve support for get show brings like mind anything something know up",
)

MEANT = sign(
    "choice",
    [
        r"(?:do|did) you mean\b",
        r"do you want to know\b(?! more)",
        r"are you (?:referring|asking|talking)\b",
        r"which (?:one|of (?:these|those|the|them))\b[^?]*\?",
        r"(?:would|will|should) (?:that|this|it|those|they) be\b[^?]*\bor\b",
        r"what about your\b",
        r"what(?:'ll| will) it be\b",
    ],
    gate="mean know referring asking talking which be what",
    asked=True,
)

COURTESY = sign(
    "courtesy",
    [
        r"(?<!or )(?:(?:anything|something|what|how) else|anything (?:other|more))\b(?!,| (?:you (?:want|would like|need) (?:me )?(?:to )?(?:include|add|cover|focus)|.{0,40}\b(?:include|mean)\b)).{0,60}(?:\b(?:help|assist|need|know|like|do|want|with|require|can|may|could|today|wish)\b|\?|$)",
        r"(?:any|have|had|some)(?: \w+)? (?:other|more|further|additional|follow.?up) (?:questions?|concerns?|requests?|help|assistance|queries|issues|inquiries)\b",
        r"any (?:questions|concerns|help|assistance)\b",
        r"(?:further|more|additional) (?:help|assistance|support|questions)\b",
        r"(?:anything|something) (?:else|further)$",
        r"(?:does|did) (?:that|this|it|i) (?:help|make sense|answer|clear|clarify|work|solve)",
        r"(?:was|is) (?:that|this) (?:helpful|clear)\b",
        r"hope (?:this|that|it) (?:helps|answers|clarif|information)\b",
        r"hear from you\b",
        r"(?:not|don't) hesitate\b",
        r"let me know (?:what you think|how (?:it|that) (?:goes|works|went))\b",
        r"that(?:'ll| will)? be all\b",
        r"is that (?:all|it)\b",
        r"will that be all\b",
        r"all set\b.{0,10}\?",
        r"ask (?:me )?(?:any|more|if)\b",
    ],
    gate="else other more further additional follow-up up any anything did does was is hope hear hesitate let all will set ask",
)

NAMED = r"(?:your|which|what|how|where|when|who|whether you (?:want|prefer|have)|the (?:\w+ ){0,3}(?:name|number|email|address|id|date|option|code|method|size|reason))"
PERFORM = r"(?:go ahead|proceed|book|reserve|cancel|delete|submit|play|transfer|schedule|place|pay|run|apply|merge|deploy|process|overwrite|make (?:the|this|that|a))"
OPENER = r"(?:(?:ok|okay|so|sure|alright|great|got it|and|then|yes)[,.]? )*"

CONFIRM = sign(
    "confirm",
    [
        r"(?:is|are|was|does|do) (?:this|that|it|these|those|all|the (?:above|details?|information|following)|everything)(?: \w+){0,4}? (?:correct|right|ok|okay|all right|alright|accurate|acceptable|look good|looks good)\b",
        r"(?:correct|right|ok|okay|yes|agreed|alright|sound good|sounds good|good)\?$",
        r"correct me if\b",
        rf"(?:please|kindly|pls|plz|could you|can you|just)(?: please)?(?: just)? (?:re)?confirm(?:ation)?(?! {NAMED})\b",
        r"please (?:verify|check|review|ensure|make sure|reconfirm|give confirmation)(?! your\b)\b(?!.{0,80}\?$)",
        r"kindly ensure\b",
        r"confirm (?:me|the following|these|this|that|if|to|below|it|details)\b",
        r"(?:just|let me) confirm(?:ing)?\b(?! (?:your|which|what))",
        r"(?:would you like|do you want|do you wish|are you ready|ready|okay|ok|happy|may i|can i|should i|shall i|shall we|want me|like me) (?:me |for me |us )?(?:to )?(?:go ahead|proceed|continue with (?:this|that|the)|finali[sz]e|complete (?:this|that|the)|carry on)\b",
        r"are you (?:sure|certain|absolutely)\b",
        r"(?:yes|no)[/ ]or[/ ]?no\b",
        r"reply (?:with )?\W{0,3}yes\b",
        r"(?:say|type|saying) \W{0,3}yes\b",
        r"do i have (?:that|this|it|your|the) .*\b(?:right|correct)",
        r"did i (?:get|understand) (?:that|this|it|you)",
        r"do you (?:confirm|approve|agree|consent|authori[sz]e)\b",
        r"i have your (?:permission|approval|go-ahead)\b",
    ],
    [
        r"(?:\w+,? ){0,3}to confirm\b(?!,? (?:your|could|can|i))",
        r"(?:\w+,? )?confirming\b",
        rf"(?:\w+,? ){{0,3}}(?:shall|should|can|may) (?:i|we) (?:now )?{PERFORM}\b",
        r"(?:continue|proceed|go ahead|confirm|execute|apply)\b.{0,20}\?",
        r".{0,80}\((?:yes|y)/(?:no|n)\)",
        rf"{OPENER}you(?:'d| would|'re)? (?:want|like|wish|need|looking|trying)(?:ed|ing)? (?!.{{0,60}}\b(?:what|which|where|who|how)\b).{{3,200}}\?$",
        rf"{OPENER}(?:booking|reserving|playing|making|scheduling|cancel+ing|sending|transferring|ordering|setting|adding)\b.*\d",
        r"(?=.{12,})(?!.{0,30}\b(?:what|which|where|when|who|how|do|did|are|is|any|or|would|could|can|should|have|will|may|shall)\b)[^?]*\d[^?]*\?$",
    ],
    gate="correct right ok okay alright all accurate acceptable look looks sound sounds good yes agreed me confirm confirmation confirming reconfirm reconfirmation verify check review ensure make sure ahead proceed continue finalize finalise complete carry certain absolutely no say type saying have get understand approve agree consent authorize authorise permission approval go",
)

CONDITION = re.compile(r"\b(?:if|once|unless|whenever)\b")
"""Said before a request, it makes an invitation of it."""

INVITE = sign(
    "invite",
    [
        r"(?:if|once|unless|when) (?:you|there(?:'s| is| are)|this|that|it|the|your|any|none|needed|they|i)\b(?!.{0,60}\bwould you (?:like|prefer)\b).{0,160}\b(?:i can|i could|i'd|i'll|i will|i would|we can|we'll|please|feel free|let me know|it (?:might|may|would)|just|don't hesitate|happy|glad|try|can be|will be able)\b",
        r"(?:please|feel free|let me know|just|happy|glad|i can|i could|i'd)\b.{0,100}\bif (?:there(?:'s| is| are)|this|that|it|the|your|any|needed|necessary|so|you (?!could))\b",
        r"without (?:more|further|additional|any|knowing)\b.{0,120}\b(?:hard|difficult|impossible|can't|cannot|not able|unable)\b",
        r"in case you\b",
        r"if (?:needed|necessary|desired|so desired|interested)\b",
        r"when(?:ever)? you(?:'re| are) ready\b",
        r"feel free\b",
    ],
    gate="if once unless when whenever without case feel",
)

SERVICE = sign(
    "offer",
    [r"can i (?!have|get (?:your|the)|ask|know|confirm)[^?]{2,120}\bfor you\?"],
    asked=True,
)

CHAT = sign(
    "chat",
    [
        r"(?:how|what) ?(?:about|'?bout) (?:you|yourself|u)\b",
        r"and (?:you|yourself)\?",
        r"what do you think\b(?! (?:are|the (?:problem|cause)))",
        r"how are (?:you|things)\b",
        r"how(?:'s| is) (?:it going|your day|everything|life)",
        r"what(?:'s| have| are| is) you(?:r| been| up)\b.{0,20}\b(?:up to|favou?rite|opinion)",
        r"what are (?:you|u) up to",
        r"don't you (?:think|agree)\b",
        r"how was your\b",
        r"isn't it\b",
        r"you know\?",
        r"who knows\b",
        r"what(?:'s| is) (?:new|going on|happening)\b",
        r"(?:huh|eh|innit)\?",
        r"you know (?:how|when|what)\b",
        r"how do you feel\b",
        r"guess what\b",
        r"have you (?:ever|seen|heard|read|watched)\b",
        r"do you (?:enjoy|think|believe|feel)\b",
        r"what are your (?:thoughts|hobbies|plans)\b",
        r"any (?:fun )?plans\b",
        r"what have you been\b",
    ],
    gate="about bout you yourself think are how's how your agree isn't who huh eh innit what's going feel guess enjoy believe plans been you're",
    asked=True,
)

LEAD = r"(?:[\w',-]+[,.!:;]? ){0,5}?(?:(?:in|from|to|for|at|on|of|about|by|with|and|or|so|but) )?"

ASK_YOU = sign(
    "ask_you",
    [
        r"do you (?:already )?(?:have|know|recall|remember|prefer|need any|happen|currently|plan|use|live|own)\b[^?]*\?",
        r"(?:did|are|were|have|will) you\b(?! (?:sure|certain|ready|interested in (?:hearing|trying|booking|seeing|going)))[^?]{3,200}\?",
        r"(?:is|are|was) (?:it|this|that|there|your|the|they)\b[^?]{0,160}\b(?:you|your|or|for|any|a)\b[^?]{0,160}\?",
    ],
    [
        LEAD
        + WH
        + r"\b(?! (?:about|else|not)\b)(?=[^?]{0,240}\b(?:you|your|you're|you'd|u|ur|i|we|me)\b)[^?]{0,240}\?"
    ],
    asked=True,
)

CHOICE = sign(
    "choice",
    [
        r"which (?:option|would you|do you|flight|item|order|account|version|type|kind|file)\b",
        r"(?:would|do|will) you (?:prefer|rather|like|want)\b[^?]{0,160}\bor\b[^?]{1,120}\?",
        r"(?:do|would) you (?:want|like|need|prefer)\b(?! (?:more|some|help|details?|further|additional|another|an?|me|to (?:know|see|explore|learn|dive|hear|discuss|go|make|read|look|continue|try)|any (?:other|more|further|help))\b)[^?]{0,120}\b(?:any|specific|particular|certain|preferred|includ\w+)\b[^?]{0,120}\?",
        r"should (?:i|we|it|this|the)\b[^?]{0,120}\b(?:specific|particular|certain|or)\b[^?]{0,120}\?",
    ],
)

OFFER = sign(
    "offer",
    [
        r"would you (?:also )?(?:like|want|prefer|wish|care|love|be (?:interested|willing|open))\b",
        r"do you (?:also )?(?:want|need|wish|require|like)\b",
        r"did you (?:want|need)\b",
        r"(?:want|like) me to\b",
        r"(?:can|could|may) i (?!have|get (?:your|the|a)|ask|know|please|clarify|confirm)\w+\b",
        r"perhaps i\b",
        r"(?:how|what) about\b(?! (?:you|yourself|your)\b)",
        r"why (?:don't|not)\b",
        r"(?:shall|should|will|may) (?:i|we)\b",
        r"i(?:'d| would) be (?:happy|glad|delighted) to\b",
        r"i(?:'m| am) happy to\b",
        r"i can (?:also )?\w+.{0,80}\bif (?:you|u)\b",
        r"let me know (?:if|whether|how you(?:'d| would))\b",
        r"if you(?:'d| would) (?:like|prefer|rather)\b",
        r"interested in (?:hearing|trying|booking|seeing|going)\b",
        r"does (?:that|this|it|any of) .{0,40}\b(?:work|interest|suit|appeal|fit|sound)\b",
        r"will (?:that|this) (?:work|do|be (?:ok|okay|fine|good))\b",
        r"would (?:that|this|it) (?:be|work|suit|help|interest)\b",
        r"sounds? (?:good|great|ok|fine|interesting)\b",
        r"would one of\b",
        r"any of (?:these|those|them) (?:sound|work|interest|appeal)",
    ],
)

UNMARKED = re.compile(
    r"(?:(?:ok|okay|and|so|sure|yes|yeah|yep|alright|hi|hello|hey|great|thanks|cool|well|also|then|right|got it|no problem|hmm+|oh|now|next|quick question|one more thing)\b[ ,.!:-]*)*"
    r"(?:[\w' ]{0,40}(?:,|:| -) )?(?:wh?ats?\b|what's|whats|which|when|where|who|how (?:many|much|long|old|far|big|often|do|did|would|should)|do (?:u|you|ya)|did (?:u|you)|are (?:u|you)|have (?:u|you)"
    r"|(?:is|are|was) (?:it|this|that|these|those|there|the|your|ur)|would (?:u|you|that|it|this)|should (?:i|it|we)|shall (?:i|we)|can (?:i|u|you)|could (?:i|u|you)|may i|any|whether you|anything)\b"
)
"""A question whose mark was never typed."""

ENGLISH = Grammar(
    cue=CUE,
    cue_opening=CUE_OPENING,
    signs=(
        *(PLAY, GREETING, MEANT, COURTESY, CONFIRM, REQUEST),
        *(INVITE, SERVICE, CHAT, ASK_YOU, CHOICE, OFFER),
    ),
    condition=CONDITION,
    refusal=REFUSAL,
    abstention=ABSTENTION,
    addresses=re.compile(r"\byou|\blet me know\b|\bfeel free\b|\bdon't hesitate\b"),
    unmarked=UNMARKED,
    too=TOO,
)
