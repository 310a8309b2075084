"""What Portuguese sentences do to their reader: the common phrases."""

import re

from proxy.detectors.behaviour.acts import Grammar, sign

PORTUGUESE = Grammar(
    cue=re.compile(
        r"\?|\b(?:por favor|poderia|pode|podes|preciso|precisaria|informe|diga|me diga|confirme|confirma|gostaria|deseja|quer|se |avise|falta|qual|envie|n[ãa]o hesite|me fal)"
    ),
    signs=(
        sign(
            "greeting",
            [
                r"(?:como|em que|no que) (?:posso|podemos) (?:lhe |te |o |a )?(?:ajudar|auxiliar|ajud[áa]-l|servir|ser [úu]til)(?!.{0,20}\bmais\b)"
            ],
        ),
        sign(
            "courtesy",
            [
                r"(?:mais alguma|alguma outra|outra) (?:coisa|pergunta|d[úu]vida|quest[ãa]o)\b",
                r"algo mais\b",
                r"alguma d[úu]vida\b",
                r"n[ãa]o hesite\b",
                r"fique [àa] vontade\b",
                r"espero (?:que|ter)\b",
                r"mais (?:perguntas|d[úu]vidas|ajuda)\b",
            ],
        ),
        sign(
            "offer", [r"(?:quer|deseja|gostaria) que eu (?!continue|prossiga|proceda)"]
        ),
        sign(
            "ask_you",
            [r"(?!)"],
            [
                r"(?:e )?(?:(?:para|em|a|de|desde|com|por|at[ée]|no|na) )?(?:qual|quais|quando|quant\w+|onde|quem|que (?!tal))\b[^?]*\?"
            ],
        ),
        sign(
            "confirm",
            [
                r"(?:est[áa]|[ée]) (?:isso |tudo )?(?:correto|certo|ok)\b",
                r"(?:correto|certo|de acordo|ok|n[ãa]o [ée])\?",
                r"confirm(?:e|a|ar|as)\b(?! (?:seu|sua|o seu|a sua|qual|o n[úu]mero))",
                r"(?:deseja|quer|gostaria) (?:de |que eu )?(?:prossig|prosseguir|continu|proceder|seguir|avan[çc])",
                r"(?:posso|devo) (?:prosseguir|continuar|cancelar|reservar|excluir|apagar|confirmar|seguir|finalizar)\b",
                r"tem certeza\b",
                r"responda sim\b",
            ],
        ),
        sign(
            "request",
            [
                r"(?:poderia|pode|podes|consegue) (?:por favor )?(?:me )?(?:\w+ )?(?:informar|dizer|dar|fornecer|enviar|indicar|especificar|esclarecer|compartilhar|explicar|passar|mandar|confirmar (?:seu|sua|o seu|a sua|qual))(?:-me)?\b",
                r"(?:me (?:diga|informe|envie|passe|mande|fale|conte)|informe|diga-me|envie|forne[çc]a|especifique|indique|compartilhe|digite)(?:-me)?(?:,? por favor,?)? (?:o|a|os|as|seu|sua|qual|quais|quando|onde|quant\w+|se|um|uma|em|mais|para)\b",
                r"(?:preciso|precisaria|precisamos|falta|me falta|faltam) (?:tamb[ée]m )?(?:saber|de (?:seu|sua|mais|alguns|algumas|um pouco|uma)|do|da|dos|das|que (?:voc[êe]|me)|conhecer|apenas|o|a)\b",
                r"por favor,? (?:informe|envie|forne[çc]a|indique|especifique|diga|me)",
                r"gostaria de saber\b",
            ],
        ),
        sign(
            "invite",
            [
                r"se (?:voc[êe] )?(?:me )?(?:\w+ )?(?:quiser|precisar|puder|tiver|informar|enviar|compartilhar|desejar|preferir|fornecer|der|disser|necess[áa]rio)\b"
            ],
        ),
        sign(
            "chat",
            [r"(?:e voc[êe]|e tu|como vai|tudo bem|o que (?:voc[êe] )?acha)\b[^?]*\?"],
        ),
        sign(
            "choice",
            [
                r"(?:voc[êe] )?(?:quer dizer|se refere a|est[áa] se referindo)\b",
                r"(?:prefere|quer|deseja|preferes)\b[^?]*\bou\b[^?]*\?",
            ],
        ),
        sign(
            "offer",
            [
                r"(?:gostaria|quer|deseja|queres)\b",
                r"(?:posso|devo|podemos)\b[^?]*\?",
                r"que tal\b",
                r"o que acha de\b",
            ],
            [r"(?:voc[êe] )?(?:gostaria|quer|deseja) que eu\b"],
        ),
        sign(
            "ask_you",
            [
                r"(?:qual|quais|que|quando|quant[oa]s?|onde|quem|como|de onde|o que|por que)\b[^?]*\?",
                r"(?:voc[êe]|tem|est[áa]|usa|h[áa]|sabe|j[áa])\b[^?]*\?",
            ],
        ),
    ),
    condition=re.compile(r"\b(?:se (?!refere)|caso|quando|assim que)\b"),
    refusal=re.compile(
        r"\b(?:(?:desculpe|sinto muito|lamento),? (?:mas )?(?:eu )?n[ãa]o|n[ãa]o (?:posso|podemos|consigo) (?:ajudar|fornecer|fazer|responder|dar|compartilhar|auxiliar|criar|realizar|atender|informar)|infelizmente,? n[ãa]o posso)"
    ),
    abstention=re.compile(
        r"\b(?:n[ãa]o sei\b|[ée] (?:imposs[íi]vel|dif[íi]cil) (?:saber|dizer|determinar)|n[ãa]o (?:tenho|h[áa]|disponho de) (?:informa|dados|certeza)|n[ãa]o se sabe|sem mais (?:informa|contexto|detalhes|dados)|n[ãa]o tenho certeza)"
    ),
)
