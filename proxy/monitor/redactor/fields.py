"""What a field's name alone tells of its value."""

from functools import lru_cache

from proxy.monitor.redactor.spans import Kind

SECRETS = (
    *("password", "passwd", "passphrase", "passcode", "pwd", "apikey", "apitoken"),
    *("secret", "secretkey", "secretaccesskey", "accesskey", "privatekey", "authtoken"),
    *("accesstoken", "refreshtoken", "idtoken", "sessiontoken", "bearertoken"),
    *("authorization", "authorizationtoken", "cvv", "cvc", "securitycode", "pincode"),
)
PHONES = (
    *("phone", "phonenumber", "telephone", "mobile", "mobilenumber", "msisdn", "fax"),
    *("faxnumber", "cellphone", "whatsapp", "tel"),
)
LEAST_DIGITS = 6

SAYS_THE_TEXT_AGAIN = frozenset(
    ("logprobs", "toplogprobs", "logprobsresult", "promptlogprobs", "tokenids", "bytes")
)
"""Token by token, so that no pattern finds anything in it."""


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def kind(name: str, value: str | int | float) -> Kind | None:
    """The kind of the value where the field's name gives it away."""
    if len(name) > 64 or value == "":
        return None
    known = plain(name)
    if known.endswith(SECRETS) and (isinstance(value, str) or known.endswith(NUMBERS)):
        return "secret"
    digits = sum(map(str.isdigit, str(value)))
    if known.endswith(PHONES) and digits >= LEAST_DIGITS:
        return "phone"
    return None


NUMBERS = ("password", "passcode", "pincode", "cvv", "cvc", "securitycode")
"""Of the secrets, those that may be a number; counts of tokens never are."""


def repeats_text(name: str) -> bool:
    return len(name) <= 64 and plain(name) in SAYS_THE_TEXT_AGAIN
