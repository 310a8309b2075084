"""The one typed settings tree, from YAML and the environment.

`config/seatrial.yaml` documents every key. Nothing else in Seatrial reads settings.
"""

from proxy.settings.cautions import warnings
from proxy.settings.reload import RELOADABLE, changed, not_reloadable
from proxy.settings.routes import DEFAULT_ROUTES, DIALECTS, Route, Timeouts, UpstreamTls
from proxy.settings.tree import (
    Admin,
    Drain,
    Instance,
    Logging,
    Pool,
    Recordings,
    Relay,
    ServerTls,
    Settings,
    default_run_dir,
)
from proxy.settings.units import LOOPBACK, is_loopback

__all__ = [
    "DEFAULT_ROUTES",
    "DIALECTS",
    "LOOPBACK",
    "RELOADABLE",
    "Admin",
    "Drain",
    "Instance",
    "Logging",
    "Pool",
    "Recordings",
    "Relay",
    "Route",
    "ServerTls",
    "Settings",
    "Timeouts",
    "UpstreamTls",
    "changed",
    "default_run_dir",
    "is_loopback",
    "not_reloadable",
    "warnings",
]
