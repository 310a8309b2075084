"""Languages by script and common words."""

# ruff: noqa: RUF001  # Chinese texts have commas of their own
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detectors.languages import language

TEXTS = {
    "en": [
        "Could you tell me how to get to the station from here?",
        "The report is on my desk and it has to be sent to you by Friday.",
    ],
    "es": [
        "¿Me puede decir cómo llegar a la estación desde el hotel, por favor?",
        "El informe está en la mesa y lo tengo que enviar para el viernes.",
    ],
    "fr": [
        "Pouvez-vous me dire comment aller à la gare avec le bus et en combien de temps ?",
        "Le rapport est sur la table et je dois le rendre pour vendredi avec une copie.",
    ],
    "de": [
        "Können Sie mir bitte sagen, wie ich zum Bahnhof komme und ob das weit ist?",
        "Der Bericht ist auf dem Tisch und ich muss ihn bis zum Freitag abgeben.",
    ],
    "pt": [
        "Você pode me dizer como chegar na estação do centro, não é muito longe?",
        "O relatório está em cima da mesa e eu não tenho como enviar para você.",
    ],
    "zh": ["请告诉我怎么去火车站", "报告在桌子上，星期五之前要交。"],
    "ja": ["駅への行き方を教えてください", "レポートは金曜日までに提出します。"],
    "other": ["Как пройти к вокзалу?", "역까지 어떻게 가나요?", "كيف أصل إلى المحطة؟"],
}
CASES = [(name, text) for name, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize(("name", "text"), CASES)
def test_language(name: str, text: str) -> None:
    assert language(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "ok", "42", "def f(x): return x", "Pizza Margherita", "a_b_o_1e_a e4 a1 o_a"],
)
def test_too_little_is_no_language(text: str) -> None:
    assert language(text) is None


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert language(text) in {None, *TEXTS}
