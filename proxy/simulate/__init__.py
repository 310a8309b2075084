"""A simulated model API: a real HTTP server whose answers, delays and faults are chosen by seed."""

from proxy.simulate.server import Server, serve
from proxy.simulate.settings import Behaviour

__all__ = ["Behaviour", "Server", "serve"]
