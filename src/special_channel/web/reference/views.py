"""View of a thread's file reference, for page and API."""

from __future__ import annotations

from special_channel.web.shared.view import View
from special_channel.web.shell.file_references import ReferenceChange
from special_channel.web.shell.threads import ThreadItem


class ReferenceView(View):
    """The file reference of a thread.

    Attributes:
        reference: The reference in use; empty without one.
        changes: Each change, the last first.
    """

    item: ThreadItem
    reference: str
    changes: tuple[ReferenceChange, ...]
