"""What French sentences do to their reader: the common phrases."""

import re

from proxy.detectors.behaviour.acts import Grammar, sign

FRENCH = Grammar(
    cue=re.compile(
        r"\?|\b(?:veuillez|merci de|pouvez|pourriez|peux|pourrais|j'ai besoin|j'aurais besoin|il me faut|il me manque|indiquez|dites|confirmez|souhaitez|voulez|veux|si |n'h[ée]sitez|quel|quelle|envoyez|pr[ée]cisez|donnez|faites|s'il vous pla[îi]t|svp|besoin)"
    ),
    signs=(
        sign(
            "greeting",
            [
                r"(?:comment|en quoi|que) (?:puis-je|pouvons-nous|peux-je|je peux) (?:vous |t'|te )?(?:aider|[êe]tre utile|faire pour|assister|servir)"
            ],
        ),
        sign(
            "courtesy",
            [
                r"(?:autre chose|d'autres? (?:questions?|chose|besoins?)|une autre question|autres questions|quelque chose d'autre)\b",
                r"n'h[ée]site[sz]? pas\b",
                r"j'esp[èe]re que\b",
                r"si vous avez (?:d'autres|des) questions",
            ],
        ),
        sign(
            "offer",
            [
                r"(?:voulez-vous|souhaitez-vous|veux-tu|aimeriez-vous) que (?:je|nous) (?:vous|t'|te|le|la|l'|\w+ [àa] )"
            ],
        ),
        sign(
            "ask_you",
            [r"(?!)"],
            [
                r"(?:et )?(?:(?:pour|dans|en|[àa]|de|depuis|d'|avec|jusqu'[àa]) ?)?(?:combien|quel\w*|quand|o[ùu]|qui|lequel|laquelle)\b(?! (?:diriez|pensez))[^?]*\?"
            ],
        ),
        sign(
            "confirm",
            [
                r"(?:est-ce|c'est|tout est|est-ce que c'est|cela est-il) (?:bien )?(?:correct|exact|[çc]a|bon|d'accord)\b",
                r"(?:correct|d'accord|exact|n'est-ce pas|ok)\s*\?",
                r"(?:veuillez|pouvez-vous|merci de|pourriez-vous) (?:me )?confirmer (?:que|l[ae] (?:r[ée]servation|commande|suppression|paiement)|ces|cette)",
                r"confirmez[- ]vous (?:que|l|ces|cette)",
                r"(?:voulez-vous|souhaitez-vous|dois-je|puis-je|est-ce que je peux) (?:que je )?(?:proc[èée]d|continu|poursui|valid|y aller|confirmer|r[ée]server|supprimer|annuler|lancer)",
                r"[êe]tes-vous s[ûu]re?\b",
                r"r[ée]pondez (?:par )?.?oui\b",
            ],
        ),
        sign(
            "request",
            [
                r"(?:pourriez|pouvez|peux|pourrais)[- ](?:vous|tu) (?:s'il vous pla[îi]t )?(?:me |m'|nous )?(?:\w+ )?(?:indiquer|donner|fournir|pr[ée]ciser|communiquer|envoyer|dire|partager|transmettre|expliquer|confirmer (?:votre|quel|le num[ée]ro)|d[ée]crire)",
                r"(?:veuillez|merci de|pri[èe]re de) (?:bien vouloir )?(?:me |m'|nous )?(?:indiquer|donner|fournir|pr[ée]ciser|communiquer|envoyer|dire|partager|transmettre|saisir|joindre|renseigner|d[ée]crire)",
                r"(?:indiquez|donnez|dites|envoyez|pr[ée]cisez|communiquez|fournissez|dis|donne|envoie|pr[ée]cise|indique)(?:-(?:moi|nous))? (?:votre|vos|le|la|les|ton|ta|quel|quelle|si|o[ùu]|combien|quand|ce que|un|une)\b",
                r"(?:j'ai|j'aurai|j'aurais|nous avons|j'ai encore) (?:aussi |d'abord )?besoin (?:de (?:votre|vos|savoir|conna[îi]tre|la|plus|quelques|l)|du|d'informations|d'en savoir|des)",
                r"il me (?:faut|faudrait|manque)\b",
                r"j'aimerais (?:savoir|conna[îi]tre)",
            ],
        ),
        sign(
            "invite",
            [
                r"si (?:vous|tu) (?:me |m'|nous )?(?:\w+ )?(?:donne|fourni|pr[ée]cis|indiqu|envoy|souhait|voul|d[ée]sir|av|as|pr[ée]f[ée]r|partag|veux|en)"
            ],
        ),
        sign(
            "chat",
            [
                r"(?:et (?:vous|toi)|comment (?:allez|vas|[çc]a va)|qu'en pens(?:ez|es))[^?]*\?"
            ],
        ),
        sign(
            "choice",
            [
                r"(?:voulez-vous dire|tu veux dire|parlez-vous de|faites-vous r[ée]f[ée]rence)\b",
                r"(?:pr[ée]f[ée]rez|voulez|souhaitez|veux|pr[ée]f[èe]res)[- ](?:vous|tu)\b[^?]*\bou\b[^?]*\?",
            ],
        ),
        sign(
            "offer",
            [
                r"(?:voulez|souhaitez|aimeriez|d[ée]sirez|veux|aimerais)[- ](?:vous|tu)\b",
                r"(?:puis-je|je peux|pouvons-nous|dois-je)\b[^?]*\?",
                r"(?:que diriez-vous|[çc]a vous dit|[çc]a te dit|pourquoi ne pas)\b",
                r"cela vous convient\b",
            ],
        ),
        sign(
            "ask_you",
            [
                r"(?:quel|quelle|quels|quelles|quand|combien|o[ùu]|qui|que|quoi|comment|laquelle|lequel|pourquoi)\b[^?]*\?",
                r"(?:avez|[êe]tes|as|es|utilisez|disposez|est)-(?:vous|tu|ce|il|elle)\b[^?]*\?",
            ],
        ),
    ),
    condition=re.compile(
        r"\b(?:si (?:vous|tu|besoin|n[ée]cessaire)|lorsque|une fois que|d[èe]s que)\b"
    ),
    refusal=re.compile(
        r"\b(?:(?:je suis )?d[ée]sol[ée]e?,? (?:mais )?(?:je ne|nous ne|ce n'est)|je ne (?:peux|suis) pas (?:en mesure )?(?:d'|de |vous )?(?:aider|fournir|r[ée]pondre|faire|donner|partager|cr[ée]er|\w+er)|je regrette,? mais|je refuse)"
    ),
    abstention=re.compile(
        r"\b(?:je (?:ne |n')?(?:le )?sais pas|il est (?:impossible|difficile) (?:de|d')|je n'ai pas (?:assez|suffisamment|d'information)|on ne sait pas|sans (?:plus|davantage) (?:d'information|de contexte|de d[ée]tails)|je n'en suis pas s[ûu]r)"
    ),
)
