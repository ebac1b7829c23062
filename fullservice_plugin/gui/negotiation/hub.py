# SPDX-License-Identifier: GPL-2.0-or-later
"""What the docks of negotiation ask of the desk that holds them together."""

from __future__ import annotations

from typing import Any, Callable, Optional, Protocol, Sequence

from fullservice_plugin.gui.notify import Notifier
from fullservice_plugin.services.talk_desk import DealView, Step


class Hub(Protocol):
    """Asks the store, opens deals, does deeds."""

    iface: Any
    notifier: Notifier

    def ask(self, key: str, title: str, question: Callable[[Any], Any], answered: Callable[[Any], None],
            failed: Optional[Callable[[BaseException], None]] = None, write: bool = False) -> None:
        """Ask the project's store in the background; a newer question of the same key replaces an older one."""

    def open_deal(self, ids: Sequence[str]) -> None:
        """Show a deal in its dock."""

    def open_event(self, kind: str, key: str) -> None:
        """Show the document of the timeline."""

    def may_take(self, step: Step) -> bool:
        """Whether a step can be taken now: nothing is missing, or nothing that its dialog does not ask for."""

    def take(self, view: DealView, step: Step) -> None:
        """Take a step: at once, or after its dialog."""

    def press(self, key: str, view: DealView) -> None:
        """Do what a button of the deal says."""

    def plan_next(self, view: DealView, action: str, due: Any) -> None:
        """Keep the next action of a deal."""

    def reveal(self, contact: str) -> None:
        """Show a contact in clear, after asking what for."""

    def acknowledge(self, reminders: Sequence[str]) -> None:
        """Mark reminders as read."""
