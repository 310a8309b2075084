"""The signatures that models put under what they thought, and clients send back."""


def signed(signature: str) -> str:
    """A thought's signature as the id of what was thought: no two answers have one.

    Clients send it back in either of base64's alphabets.
    """
    plain = signature.rstrip("=").replace("-", "+").replace("_", "/")
    return f"thought_{plain[-64:]}"
