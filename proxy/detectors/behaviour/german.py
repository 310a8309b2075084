"""What German sentences do to their reader: the common phrases."""

import re

from proxy.detectors.behaviour.acts import Grammar, sign

GERMAN = Grammar(
    cue=re.compile(
        r"\?|\b(?:bitte|k[öo]nnten|k[öo]nnen|kannst|k[öo]nntest|ben[öo]tige|brauche|br[äa]uchte|teilen|nennen|sagen|sag|best[äa]tig|m[öo]chten|m[öo]chtest|wollen|willst|soll|sollen|wenn|falls|melden|welche|fehlt|fehlen|geben|schick|z[öo]gern)"
    ),
    signs=(
        sign(
            "greeting",
            [
                r"(?:wie|womit|wobei|was) (?:kann|k[öo]nnen|darf) (?:ich|wir) (?:ihnen |dir |euch )?(?:heute )?(?:\w+ )?(?:helfen|behilflich|f[üu]r (?:sie|dich)|tun)(?!.{0,20}\bnoch\b)"
            ],
        ),
        sign(
            "courtesy",
            [
                r"(?:noch|sonst) (?:etwas|was|irgendetwas|weitere|eine frage|fragen|helfen)\b",
                r"(?:weitere|noch) fragen\b",
                r"z[öo]ger(?:n sie|e) nicht\b",
                r"ich hoffe\b",
                r"(?:melden sie|melde dich|meldet euch)\b",
                r"wie kann ich (?:ihnen |dir )?(?:sonst|noch|weiter)",
            ],
        ),
        sign(
            "ask_you",
            [r"(?!)"],
            [
                r"(?:und )?(?:(?:f[üu]r|in|an|von|ab|um|mit|bis|auf|zu) )?(?:welche\w*|wann|wo|wohin|woher|wer|wem|wen|wie (?:viel\w*|lange|oft|gro[ßs]|alt|hei[ßs]en))\b[^?]*\?"
            ],
        ),
        sign(
            "confirm",
            [
                r"(?:ist|sind|stimmt|passt) (?:das|dies|die angaben|alles|es)(?: so)?(?: \w+)? ?(?:richtig|korrekt|so|in ordnung|ok)?\s*\?",
                r"(?:richtig|korrekt|in ordnung|einverstanden|okay|ok)\?",
                r"best[äa]tige(?:n sie)?(?: bitte)?(?:,| dass| die (?:buchung|bestellung|stornierung|zahlung)| kurz)",
                r"(?:bitte )?best[äa]tigen sie(?:, dass| bitte)?\b(?! (?:ihre|die nummer|welche))",
                r"(?:soll|darf|kann) ich (?:jetzt |nun |das |die |den |so |damit )*(?:\w+ ){0,4}(?:fortfahren|buchen|stornieren|l[öo]schen|abschicken|ausf[üu]hren|best[äa]tigen|weitermachen|reservieren|[üu]berweisen)\b",
                r"m[öo]chten sie (?:damit |jetzt |wirklich |so )*(?:fortfahren|\w+ l[öo]schen)",
                r"(?:sind sie|bist du) (?:sich |dir )?(?:da )?sicher\b",
                r"antworten sie mit .?ja\b",
            ],
        ),
        sign(
            "request",
            [
                r"(?:k[öo]nnten|k[öo]nnen|k[öo]nntest|kannst|w[üu]rden|w[üu]rdest) (?:sie|du|ihr) (?:\S+ ){0,10}(?:nennen|mitteilen|sagen|geben|angeben|schicken|senden|verraten|beschreiben|erkl[äa]ren|pr[äa]zisieren|erl[äa]utern|zeigen|best[äa]tigen|hochladen|einf[üu]gen)",
                r"(?:bitte )?(?:nennen|teilen|geben|senden|schicken|beschreiben|laden) sie (?:mir |uns |bitte )*(?:ihre?n?|die|den|das|mit|an|eine?n?|hier|noch|kurz|welche)",
                r"(?:sag|sagen sie|nenn|gib|schick|beschreib|verrate?) (?:mir |uns )(?:bitte )?(?:deine?n?|ihre?n?|die|den|das|welche|wann|wo|wie|ob|was|noch)",
                r"(?:ich|wir) (?:ben[öo]tige|brauche|br[äa]uchte|ben[öo]tigen|brauchen|m[üu]sste|muss) (?:daf[üu]r |dazu |noch |zuerst |zun[äa]chst |aber |nur )*(?:ihre?n?|deine?n?|die|den|das|noch|mehr|weitere|eine?n?|wissen|einige)",
                r"(?:daf[üu]r|dazu|zun[äa]chst) (?:ben[öo]tige|brauche|br[äa]uchte) ich\b",
                r"(?:mir|uns) fehl(?:t|en)\b",
                r"ich (?:m[üu]sste|w[üu]rde gerne?|m[öo]chte) (?:\w+ )*wissen",
            ],
        ),
        sign(
            "invite",
            [
                r"(?:wenn|falls|sofern|sobald) (?:sie|du|ihr) \b",
                r"bei (?:bedarf|weiteren)\b",
            ],
        ),
        sign(
            "chat",
            [
                r"(?:und (?:du|sie|dir|ihnen)|wie geht(?:'s| es)|was meinst du|was denkst du)[^?]*\?"
            ],
        ),
        sign(
            "choice",
            [
                r"(?:meinen sie|meinst du|beziehen sie sich|sprechen sie von)\b",
                r"(?:m[öo]chten|m[öo]chtest|wollen|bevorzugen|h[äa]tten|willst|soll es|sollen es) ?(?:sie|du)?\b[^?]*\boder\b[^?]*\?",
            ],
        ),
        sign(
            "offer",
            [
                r"(?:m[öo]chten|m[öo]chtest|wollen|willst|h[äa]tten|h[äa]ttest) (?:sie|du)\b(?=[^?]*\b(?:dass ich|mehr|lieber|weitere|noch|vielleicht|gerne?|einen|eine|es|auch)\b)",
                r"(?:soll|kann|darf|k[öo]nnte) ich\b[^?]*\?",
                r"wie w[äa]re es (?:mit)?\b",
                r"w[äa]re (?:das|es)\b[^?]*\?",
                r"ich kann (?:ihnen |dir )?(?:auch |gerne? )",
            ],
            [r"(?:m[öo]chten|wollen|m[öo]chtest) (?:sie|du), dass ich\b"],
        ),
        sign(
            "ask_you",
            [
                r"(?:welche[rsnm]?|was|wann|wo|wohin|woher|wer|wie|wie ?viele?|f[üu]r wie viele|warum|von wo|um welche[ns]?)\b[^?]*\?",
                r"(?:haben|hast|sind|bist|ist|nutzen|verwenden|m[öo]chten|m[öo]chtest|wollen|gibt|liegt)\b[^?]*\?",
            ],
        ),
    ),
    condition=re.compile(r"\b(?:wenn|falls|sofern|sobald)\b"),
    refusal=re.compile(
        r"\b(?:(?:es )?tut mir leid,? (?:aber )?(?:ich|das|dabei|da)(?: \w+)* (?:kann|nicht|darf)|(?:leider )?(?:kann|darf) ich (?:ihnen |dir |das |dabei |diese \w+ |hierbei |leider )*nicht|ich (?:kann|darf|werde) (?:ihnen |dir |das |dabei |diese \w+ |hierbei |leider |damit )*(?:leider )?nicht (?:\w+ ){0,5}(?:helfen|weitergeben|beantworten|unterst[üu]tzen|geben|erstellen|tun|machen|herausgeben))"
    ),
    abstention=re.compile(
        r"\b(?:(?:das )?wei[ßs] (?:ich|man|niemand) nicht|ich wei[ßs] (?:es )?nicht|l[äa]sst sich (?:nicht|schwer|ohne)|(?:schwer|unm[öo]glich) zu sagen|nicht genug (?:informationen|angaben)|ohne (?:weitere|mehr|n[äa]here) (?:informationen|angaben|kontext|details)|ist (?:unbekannt|unklar)|keine (?:informationen|angaben))"
    ),
)
