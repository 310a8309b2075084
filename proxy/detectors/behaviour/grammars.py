"""The grammars there are, by language."""

from proxy.detectors.behaviour.acts import Grammar
from proxy.detectors.behaviour.eastern import CHINESE, JAPANESE
from proxy.detectors.behaviour.english import ENGLISH
from proxy.detectors.behaviour.french import FRENCH
from proxy.detectors.behaviour.german import GERMAN
from proxy.detectors.behaviour.portuguese import PORTUGUESE
from proxy.detectors.behaviour.spanish import SPANISH
from proxy.model.behaviour import Language

GRAMMARS: dict[Language, Grammar] = {
    "en": ENGLISH,
    "es": SPANISH,
    "fr": FRENCH,
    "de": GERMAN,
    "pt": PORTUGUESE,
    "zh": CHINESE,
    "ja": JAPANESE,
}
