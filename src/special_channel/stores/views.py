"""All queries of the views, as pages get them."""

from __future__ import annotations

from special_channel.stores.batch_views import BatchViews
from special_channel.stores.key_views import KeyViews
from special_channel.stores.private_views import DirectoryViews, PrivateViews
from special_channel.stores.thread_views import QuestionViews, ThreadViews
from special_channel.stores.thread_windows import ThreadWindows
from special_channel.stores.unit_views import UnitViews


class Views(
    ThreadViews,
    ThreadWindows,
    QuestionViews,
    BatchViews,
    DirectoryViews,
    KeyViews,
    PrivateViews,
    UnitViews,
):
    """Queries of threads, questions, batches, keys and the private log."""
