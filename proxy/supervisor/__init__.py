"""Starts the processes of an instance, watches them, drains them.

It is handed its children as argv and knows nothing of what they do.
"""

from proxy.supervisor.child import Child
from proxy.supervisor.folder import locked
from proxy.supervisor.listeners import assert_free, bind_sets, written
from proxy.supervisor.supervisor import supervise

__all__ = ["Child", "assert_free", "bind_sets", "locked", "supervise", "written"]
