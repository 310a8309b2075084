"""Seatrial: a transparent reverse proxy that measures how model APIs behave."""

__version__ = "0.1.0"
