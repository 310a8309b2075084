"""How English asks its reader for something: by request verbs, by need, by what is missing."""

import re

from proxy.detectors.behaviour.acts import sign

WH = r"(?:what|which|where|when|who|whom|whose|how (?:many|much|long|far|old|big|large|often|soon|late|early|do|does|did|are|is|would|should|will|can|have)|why)"
INFO = (
    r"(?:info\w*|details?|context|specifics|clarification|examples?|description|requirements?|preferences?"
    r"|code|snippet|files?|logs?|errors?|message|text|names?|ids?|numbers?|address|email|dates?|location|zip"
    r"|budget|version|question|input|data|list|image|document|link|url|order|account)"
)
GIVE = (
    r"(?:provide|specify|share|tell|give|send|clarify|describe|explain|elaborate|paste|post|attach|upload|enter"
    r"|supply|include|indicate|name|list|choose|select|pick|rephrase|narrow|expand|show|point|advise|state|identify"
    r"|be (?:a (?:bit|little) )?more specific|forward|read me|submit|mention|fill|remind|inform|walk me|type|say (?:a (?:bit|little) )?more"
    r"|reply with (?:your|the|a)|add|(?:double.?check and )?(?:re)?(?:confirm|verify|check) (?:your|which|what|whether you (?:want|prefer|have)|how|where|when|who"
    r"|the (?:\w+ ){0,3}(?:name|number|email|address|id|date|option|code|method|size|reason)))"
)
KNOW = r"(?:know|understand|verify|gather|collect|confirm your|ask(?: you)?(?: for| about| what| which| where| when| how| a few| some))"
WOULD = r"(?: will| would|'ll|'d| do| just| may| might| only| also| still| first)*"
PAUSE = (
    r"(?:moment|minute|second|break|bit (?:of )?time|little time|friend|hero|drink|to)"
)

REQUEST = sign(
    "request",
    [
        rf"(?:please|kindly|pls|plz)(?: (?:also|just|do|then|first|either))?,? {GIVE}\b",
        rf"(?<!how )(?<!why )(?:could|can|would|will|may|might) (?:you|u)(?: please| also| kindly| just| perhaps| possibly| maybe| both| then| at least|, please,?)* {GIVE}\b",
        r"(?:let me know|tell me|give me|send me|show me|remind me) (?:more|about|which|what|your|the|when|where|how (?:many|much|long|far|often|old|big)|who|whether|why|a |any|some|exactly|in|at what|for (?:how|which|what)|on (?:what|which)|how (?!(?:you|u|it|that|this|i|we|things)\b))",
        rf"i{WOULD} (?:need|want|would like|like|have)(?: to)?(?: also| just| first)? {KNOW}\b(?! (?:if you have any|that)\b)",
        rf"we(?=.{{0,60}}\b(?:you|your|which|what)\b){WOULD} (?:need|want|would like|like|have)(?: to)?(?: also| just| first)? {KNOW}\b",
        rf"(?:i|we){WOULD} (?:need|require|must have|'m missing|am missing)(?: also| just)? (?:your|you to (?:provide|tell|specify|send|share|give|confirm)|(?:the|an?|some|more|a few|a (?:little|bit)(?: more)?|additional|further|specific|at least)\b.{{0,80}}\b{INFO})\b",
        rf"i(?: will| would|'ll|'d)?(?: also| still| just| only| first)* (?:need|require) (?:the|a|an|access|to see|at least)\b(?! {PAUSE})",
        rf"(?:more|some|further|additional|specific|extra) (?:\w+ )?{INFO}\b.{{0,60}}\b(?:(?:is|are|will be|would be) (?:needed|required|necessary)|missing|please)\b",
        r"(?:i'm|i am|i was)(?: just)? (?:wondering|curious|not sure|unsure|unclear)(?: about)? (?:what|which|when|where|how|who|whether|if) (?:you|your|the|this|that|it)\b",
        r"not clear (?:what|which|to me)\b",
        r"i don't (?:quite |fully |really )?understand (?:what|which|the|your)\b",
        r"(?:may|can|could|might) i (?:please )?(?:have|know|ask|get) (?:your|the|what|which|where|when|how|who|a|some|more)\b",
        r"(?:mind|care to) (?:sharing|share|telling|tell|giving|sending|providing|provide)\b",
        r"(?:would|will|might|could) (?:really )?(?:help|be (?:helpful|useful|good|great))(?: me)? (?:to (?:know|see|understand|have)|if you could)\b",
        r"(?:would|could|are|will) (?:you|it) be (?:able|possible|willing) (?:for you )?to (?:tell|share|provide|specify|clarify|elaborate|send|give)\b",
        r"are you able to (?:tell|share|provide|specify|clarify|send|give)\b",
        r"would like to know\b",
        r"(?:i'm|i am|we're|what's|what is|thing i'm|thing|piece|still) (?:still )?missing\b",
    ],
    [
        r"(?:ok|okay|sure|yes|yeah|alright|hi|just|still|only|also|and|but|thanks|then|[ ,.:;!])*(?:need|missing) (?:your|the|ur|a|an|to know|more|some|access)\b",
        r"(?:just |please |and |also )?(?:send|paste|post|drop|attach|upload|share|forward|show|tell|give) (?:it|them|me|over|us|that|your|the)\b.{0,60}\b(?:here|over|and i|so i|please|me|below|first)\b",
        r"(?!.*\b(?:yes|no|wait|thanks|hold|be|note|welcome|confirm)\b).{3,80} (?:please|pls|plz)[.!?]?$",
        r"(?:also,? |and |first,? |then )?(?:specify|provide|tell me|share|clarify|describe|enter|choose|select|pick|give me|send(?: me)?|paste)\b.{0,80}\bplease\b",
    ],
    gate="please kindly pls plz could can would will may might let tell give send show remind need require want like have missing more some further additional specific extra clear don't mind care are i'm i was ask am must",
)

TOO = re.compile(
    r"\b(?:(?:let me know|tell me|specify|indicate|provide) (?:which|what|your|where|when|how many|the)\b"
    r"|confirm (?:which|what|your|the (?:\w+ ){0,2}(?:option|number|date|reason|method))\b"
    r"|(?:could|can|would) you (?:please |also |kindly )*(?:provide|specify|tell|share|clarify|let me know|describe)\b"
    r"|please (?:also )?(?:provide|specify|tell|share|clarify|describe|choose|select)\b"
    r"|(?:and|or) (?:give|send|tell) me (?:your|the)\b"
    r"|one of (?:these|those|the) \w*options?\b|or (?:keep|choose|use another|another|would you)\b.{0,80}\?)"
)
"""A request inside a sentence that does something else first."""
