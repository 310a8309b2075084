"""What has the form of a secret or of personal data does not stay; other text does."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.monitor.redactor.text import RULES, redacted

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
BLOCK = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----"

KEYS = [
    *(
        "sk-proj-aB3dE6gH9jK2mN5pQ8sT",
        "sk-ant-api03-aB3dE6gH9jK2mN5p",
        "gsk_aB3dE6gH9jK2mN5pQ8",
    ),
    *("AIzaSyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q", "hf_aBcDeFgHiJkLmNoPqRsTuV1234"),
    *(
        "AKIAQWERTYUIOPASDFGH",
        "ghp_aB3dE6gH9jK2mN5pQ8sTuV1wX4yZ7",
        "xoxb-123456789012-aBcDeF",
    ),
    *(
        "glpat-aB3dE6gH9jK2mN5pQ8",
        "sk_live_aB3dE6gH9jK2mN5pQ8",
        "xai-aB3dE6gH9jK2mN5pQ8sT",
    ),
    *("ya29.a0AfH6SMBx-aB3dE6gH9jK2mN5p", "npm_aB3dE6gH9jK2mN5pQ8sTuV1wX4", JWT, BLOCK),
    *(
        "SG.aB3dE6gH9jK2mN5p.aB3dE6gH9jK2mN5pQ8",
        "12345678:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1",
    ),
]
EMAILS = [
    "jane.doe@example.com",
    "j+x@mail.example.co.uk",
    "o'neil_1@x-y.org",
    "jürgen@müller.de",
    "a\uff20b.jp",
]
CARDS = [
    *("4242424242424242", "4111 1111 1111 1111", "5555-5555-5555-4444", "3782 822463 10005"),
    *("378282246310005", "6011111111111117", "3056 930902 5904", "3566002020360505"),
    *("6200000000000005", "2223003122003222", "4222222222222", "4111.1111.1111.1111"),
    *("4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2", "\uff14\uff12" * 8),
]  # fmt: skip
IBANS = [
    *(
        "DE89370400440532013000",
        "DE89 3704 0044 0532 0130 00",
        "GB82 WEST 1234 5698 7654 32",
    ),
    *("FR1420041010050500013M02606", "nl91abna0417164300", "NO93 8601 1117 947"),
]
PHONES = [
    *(
        "+1 415 555 2671",
        "+14155552671",
        "(415) 555-2671",
        "415-555-2671",
        "415.555.2671",
    ),
    *("1-800-555-0199", "+49 (0)30 1234567", "030 12345678", "0171/12345678"),
    *("+33 1 42 68 53 00", "01 42 68 53 00", "020 7946 0958", "+44 20 7946 0958"),
    *("(11) 98765-4321", "090-1234-5678", "+81 90 1234 5678", "0049 30 1234567"),
    *("0412 345 678", "+91 98765 43210", "+86 138 1234 5678"),
]
IPS = ["203.0.113.77", "2001:db8:0:0:1:0:0:1", "2001:db8::ff00:42:8329"]
PLANTED = [
    *((item, "secret") for item in KEYS),
    *((item, "email") for item in EMAILS),
    *((item, "card") for item in CARDS),
    *((item, "iban") for item in IBANS),
    *((item, "phone") for item in PHONES),
    *((item, "ip") for item in IPS),
]


@pytest.mark.parametrize(("item", "kind"), PLANTED)
def test_what_is_planted_is_replaced_by_its_kind(item: str, kind: str) -> None:
    assert redacted(f"See {item} there.") == f"See <{kind}> there."


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2", "hunter2"),
        ("PASSWORD: correcthorse", "correcthorse"),
        ("DB_PASSWORD='two words'", "two words"),
        ('{"password": "tiger lily"}', "tiger lily"),
        ('{\\"password\\": \\"tiger\\"}', "tiger"),
        ("the password is swordfish9", "swordfish9"),
        ("password=p@ss(w0rd)!", "(w0rd)"),
        ("Passwort: Geheim1", "Geheim1"),
        ("contraseña: secreto1", "secreto1"),
        ("密码\uff1aabc12345", "abc12345"),
        ("mysql://root:t1ger@db/x", "t1ger"),
        ("Authorization: Bearer 0a1b2c3d4e5f6a7b8c", "0a1b2c3d4e5f6a7b8c"),
        ("Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
        ("client_secret=9aK2bL4cM6", "9aK2bL4cM6"),
        ("api key: 9aK2bL4cM6dN8", "9aK2bL4cM6dN8"),
        ("my key (aws) wJalrXUtnFEMIK7MDENGbPxRfiCYzz9Q1x", "wJalrXUtnFEMIK7MDENG"),
        ("session 1f3870be274f6c49b3e31a0c6728957f", "1f3870be274f6c49"),
        ("to=jane%40example.com&x", "jane%40example.com"),
        ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEI", "MHcCAQEEI"),
        ("call me at 5552671 tonight", "5552671"),
        ("my phone number is 4155552671", "4155552671"),
        ('{"phone": "4155552671"}', "4155552671"),
        ("Telefon: 12345678", "12345678"),
        ("电话\uff1a13812345678", "13812345678"),
    ],
)  # fmt: skip
def test_a_word_before_it_gives_it_away(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redacted(text)


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-15 2024-01-16 10:22:33 2024-01-15T10:00:00+01:00",
        "at 1732579260000 ms, 1732579260000000000 ns, 1732579260 s",
        "order number 12345678, 1,234,567.89 EUR, ISBN 978-3-16-148410-0",
        "call_0123456789abcdef toolu_01A09q90qw90lq917835lq9",
        "550e8400-e29b-41d4-a716-446655440000",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "react@18.2.0 lodash@4.17.21 @app.route('/') def f(a, *, b): ...",
        "for i in range(1000000): x[i] = 0x1F * 1e-10 + 3.14159265358979",
        "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4",
        "msg_bdrk_01XwpES7uwPrhtHvHZsW2zCr and risk-2024-adjusted-returns-by-year",
        "resp_0286892e3c2b064f0068fe73053080819585eb89920df05c10",
        "key points: https://x.com/wp-content/2025/09/AI-Agents-in-Business.webp",
        "1570.7500000000002 and 2.8432860852894417 are floats",
        "token plots/2023-11-05_2023-11-30_session_duration.png",
        "1990 2000 2010 2020, rows 100 200 300 400",
        "password = get_password()  # password: str, required",
        "api_key = os.environ['OPENAI_API_KEY']",
        "the password is incorrect; your password must be longer",
        "max_tokens: 4096, token_type: bearer, tokens used: 12345",
        "a basic understanding of bearer instruments and secret ballots",
        "task-force-of-the-future, std::vector<int>, 12:34:56, 127.0.0.1:8080",
        "Version 1.2.3, section 4.5, +5 points, 2+3=5, 20/20, 9-5",
        "DE12 is a postcode district, IT is a country, FR2024 a code",
        "| ---------- | ---------- | " + "-" * 300,
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert redacted(text) == text


def test_encoded_data_goes() -> None:
    assert redacted(f"data:image/png;base64,{'iVBORw0KGgo' * 30}") == (
        "data:image/png;base64,<data>"
    )


PLAIN = st.text(
    st.characters(exclude_categories=("Cs", "N", "L", "P", "S")), max_size=20
)
ANY = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@given(st.sampled_from(PLANTED), ANY, PLAIN, PLAIN, ANY)
def test_a_planted_item_never_stays(
    item: tuple[str, str], before: str, left: str, right: str, after: str
) -> None:
    """Whatever stands around it, once something parts it from other words and digits."""
    text = f"{before}\n{left}{item[0]}{right}\n{after}"
    assert item[0] not in redacted(text)


@given(ANY)
def test_any_text_can_be_redacted(text: str) -> None:
    redacted(text)


@given(st.lists(st.sampled_from([*"a1 .-+@:/=(", "password", "sk-", "4111 ", "\n"])))
def test_awkward_text_can_be_redacted(parts: list[str]) -> None:
    redacted("".join(parts))


ROUNDS = (
    *("a", "1", "1 ", "12 ", "4111 ", "@", "a@a.", "sk-", "eyJ", "-----BEGIN ", "+1", "("),
    *("0", "00 1", "password=", "token ", "://a:", "bearer ", "::", "1.", "DE12 ", " ", "-"),
    *('secret="a', "12345678:", "call 1", "030 1", "A1b2/c3+", "password is ", "{"),
)  # fmt: skip


@pytest.mark.parametrize("unit", ROUNDS)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    """Eight times the text may take sixteen times as long; quadratic rules take 64."""
    small = best(lambda: redacted((unit * 12_500)[:12_500]))
    large = best(lambda: redacted((unit * 100_000)[:100_000]))
    assert large < 16 * small + 0.05


def best(work: object) -> float:
    assert callable(work)
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def test_half_a_megabyte_of_prose_is_read_in_seconds() -> None:
    words = [
        *("the", "model", "answers", "a", "token", "key", "2024", "12", "call"),
        "x" * 9,
    ]
    chance = random.Random(1)
    text = " ".join(chance.choice(words) for _ in range(100_000))
    assert best(lambda: redacted(text, RULES)) < 5
