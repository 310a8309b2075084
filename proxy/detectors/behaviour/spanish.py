"""What Spanish sentences do to their reader: the common phrases."""

import re

from proxy.detectors.behaviour.acts import Grammar, sign

SPANISH = Grammar(
    cue=re.compile(
        r"\?|¿|\b(?:por favor|podr[íi]a|puede|puedes|podr[íi]as|necesito|necesitar[íi]a|indique|ind[íi]came|ind[íi]queme|d[íi]game|dime|conf[íi]rm|conf[íi]rme|quiere|desea|gustar|si |av[íi]s|h[áa]zme|hace falta|falta|cu[áa]l|qu[ée]|env[íi])"
    ),
    signs=(
        sign(
            "greeting",
            [
                r"(?:en qu[ée]|c[óo]mo) (?:te |le |os |les )?(?:puedo|podemos) (?:ayudar|servir|asistir)(?!.{0,20}\bm[áa]s\b)",
                r"en qu[ée] (?:puedo|podemos) \w+",
            ],
        ),
        sign(
            "courtesy",
            [
                r"(?:algo|alguna cosa|en qu[ée]|alguna otra) (?:m[áa]s|otra cosa|pregunta|duda|consulta)\b",
                r"(?:otra|alguna) (?:pregunta|duda|consulta)\b",
                r"m[áa]s (?:preguntas|dudas|ayuda)\b",
                r"no dud(?:e|es) en\b",
                r"espero que (?:esto|te|le)\b",
            ],
        ),
        sign(
            "offer",
            [
                r"(?:quiere|quieres|desea|deseas|le gustar[íi]a|te gustar[íi]a) que (?:le|te|lo|la|os|les|me)\b"
            ],
        ),
        sign(
            "ask_you",
            [r"(?!)"],
            [
                r"[¿ ]*(?:y )?(?:(?:para|en|a|de|desde|con|por|hasta) )?(?:cu[áa]l\w*|cu[áa]ndo|cu[áa]nt\w+|d[óo]nde|qui[ée]n\w*|qu[ée] (?!tal|te parece|le parece|opina))\b[^?]*\?"
            ],
        ),
        sign(
            "confirm",
            [
                r"(?:es|est[áa]) (?:esto |eso |todo )?(?:correcto|bien|de acuerdo)\b",
                r"(?:correcto|verdad|de acuerdo|vale)\?",
                r"confirm(?:e|a|ar|as)\b(?! (?:su|tu|cu[áa]l|qu[ée]))",
                r"(?:desea|quiere|quieres|deseas) (?:que )?(?:proceda|contin[úu]e|siga|continuar|proceder|seguir adelante)\b",
                r"(?:procedo|contin[úu]o|sigo adelante)\b[^?]*\?",
                r"est[áa]s? segur[oa]\b",
                r"responda? s[íi]\b",
            ],
        ),
        sign(
            "request",
            [
                r"(?:podr[íi]as?|puedes?|me) (?:por favor )?(?:\w+ )?(?:decir|dar|indicar|proporcionar|facilitar|enviar|compartir|aclarar|especificar|explicar|confirmar|mandar|pasar)(?:me|nos|te|le)?\b(?! (?:m[áa]s ejemplos))",
                r"(?:ind[íi]que|ind[íi]ca|d[íi]ga|di|env[íi]e|env[íi]a|proporcione|proporciona|facilite|facilita|especifique|especifica|comparta|comparte|escriba|escribe|pase|pasa)(?:me|nos)?(?:,? por favor)? (?:su|tu|el|la|los|las|qu[ée]|cu[áa]l|cu[áa]ntos|d[óo]nde|si|una?)\b",
                r"(?:dime|d[íi]game|ind[íi]queme|ind[íi]came) (?:su|tu|el|la|qu[ée]|cu[áa]l|cu[áa]nt|d[óo]nde|cu[áa]ndo|si|en|a|c[óo]mo)",
                r"(?:necesito|necesitar[íi]a|necesitamos|me falta|me faltan|har[íi]a falta|hace falta) (?:saber|conocer|su|tu|el|la|los|m[áa]s|que me|un poco m[áa]s)\b",
                r"por favor,? (?:indique|ind[íi]queme|ind[íi]came|proporcione|facilite|env[íi]e|especifique|d[íi]game|dime|comparta)",
            ],
        ),
        sign(
            "invite",
            [
                r"si (?:me |nos )?(?:\w+ )?(?:da|das|env[íi]a|env[íi]as|comparte|compartes|proporciona|indica|dice|dices|quiere|quieres|desea|deseas|tiene|tienes|necesita|necesitas|prefiere|hace falta)\b"
            ],
        ),
        sign(
            "chat",
            [
                r"(?:y (?:t[úu]|usted)|c[óo]mo est[áa]s?|qu[ée] tal|qu[ée] te parece|qu[ée] opinas)\b[^?]*\?"
            ],
        ),
        sign(
            "choice",
            [
                r"se refiere a\b",
                r"te refieres a\b",
                r"(?:prefieres?|quiere|quieres|desea|deseas)\b[^?]*\bo\b[^?]*\?",
            ],
        ),
        sign(
            "offer",
            [
                r"(?:quiere|quieres|desea|deseas|le gustar[íi]a|te gustar[íi]a|te interesa|le interesa|prefiere que)\b(?![^?]*\b(?:qu[ée] |cu[áa]l))",
                r"(?:puedo|podr[íi]a|podemos)\b[^?]*\?",
                r"qu[ée] (?:te|le) parece (?:si )?",
                r"le parece bien\b",
            ],
            [
                r"[¿ ]*(?:y )?(?:quiere|quieres|desea|deseas|le gustar[íi]a|te gustar[íi]a) que\b"
            ],
        ),
        sign(
            "ask_you",
            [
                r"(?:qu[ée]|cu[áa]l|cu[áa]les|cu[áa]ndo|cu[áa]nt[oa]s?|d[óo]nde|qui[ée]n|a qu[ée]|para cu[áa]nt[oa]s|desde d[óo]nde|c[óo]mo)\b[^?]*\?",
                r"(?:tiene|tienes|ha|has|est[áa]|est[áa]s|usa|usas|es|sabe|sabes|hay)\b[^?]*\?",
            ],
        ),
    ),
    condition=re.compile(r"(?:^|[ ,])(?:si|cuando|una vez que)\b"),
    refusal=re.compile(
        r"\b(?:lo siento,? (?:pero )?(?:no|mas no)|no (?:puedo|podemos|me es posible) (?:ayudar|proporcionar|hacer|responder|dar|compartir|facilitar|asistir|cumplir|realizar|crear)|me temo que no)"
    ),
    abstention=re.compile(
        r"\b(?:no (?:lo )?s[ée]\b|es (?:imposible|dif[íi]cil) (?:saber|decir|determinar)|no (?:tengo|dispongo de|hay) (?:suficiente|informaci[óo]n|datos)|no se sabe|se desconoce|sin m[áa]s (?:informaci[óo]n|contexto|datos))"
    ),
)
