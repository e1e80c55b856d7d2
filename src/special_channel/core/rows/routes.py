"""Rows of drafts on a sign-off route, in the private log."""

from __future__ import annotations

from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.entries.signoff import RouteStep


@dataclass(frozen=True, slots=True)
class SignStep:
    """A step of a route; `role`, `desks` and `by` are empty where the route says nothing."""

    word: str
    role: str = ""
    desks: tuple[str, ...] = ()
    paper: bool = False
    by: str = ""

    def allows(self, role: str, desk: str) -> bool:
        """Return whether a function may answer the step with a signature."""
        if self.paper and not (self.role or self.desks):
            return False
        return (not self.role or role == self.role) and (not self.desks or desk in self.desks)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer to a step, by the entry `id` at `index` about the exact draft.

    `answer`: agreed, changed, unconcerned, or returned to the step `to`. `person` is empty for
    returned, `desk` for a step without desks, `on` unless the decision was made on paper.
    """

    draft: EntryId
    step: int
    answer: str
    by: KeyId
    index: int
    id: EntryId
    person: str = ""
    desk: str = ""
    on: str = ""
    to: int = 0


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A draft on a route, with the answers to it and to the drafts before it, oldest first.

    Attributes:
        draft: Digest of the draft's signed bytes.
        author: The person who drafted; empty for a machine.
        steps: Step 1 is the draft itself.
        versions: The drafts up to this one, each with the entry that holds it.
        step: Number of the step whose turn it is.
        next: The draft that replaced this one.
        ended: "returned" to its author, or "released".
    """

    draft: EntryId
    route: str
    author: str
    steps: tuple[SignStep, ...]
    versions: tuple[tuple[EntryId, EntryId], ...]
    answers: tuple[GivenAnswer, ...] = ()
    step: int = 2
    next: str = ""
    ended: str = ""

    @property
    def now(self) -> SignStep:
        """The step whose turn it is."""
        return self.steps[self.step - 1]

    @property
    def last(self) -> bool:
        """Whether the draft waits for its release alone."""
        return self.step == len(self.steps)

    @property
    def counted(self) -> tuple[GivenAnswer, ...]:
        """Answers that count: those to a step before each step to which the draft went back."""
        counted: tuple[GivenAnswer, ...] = ()
        for answer in self.answers:
            if answer.answer == "returned":
                counted = tuple(each for each in counted if each.step < answer.to)
            else:
                counted = (*counted, answer)
        return counted

    @property
    def decided(self) -> GivenAnswer | None:
        """The decision on paper that the last step waits for or has."""
        papers = (each for each in self.counted if each.on and each.step == len(self.steps))
        return next(papers, None)

    @property
    def open_desks(self) -> tuple[str, ...]:
        """Desks that have not answered the step whose turn it is, in the route's order."""
        answered = {each.desk for each in self.counted if each.step == self.step}
        return tuple(desk for desk in self.now.desks if desk not in answered)

    def awaits(self, role: str, desk: str) -> bool:
        """Return whether a function may answer the step whose turn it is, with a signature."""
        open_to = not self.now.desks or desk in self.open_desks
        return open_to and self.now.allows(role, desk)

    def elsewhere(self, person: str) -> bool:
        """Return whether a person drafted, or has answered another step."""
        others = (each.person for each in self.counted if each.step != self.step)
        return person != "" and person in {self.author, *others}


def sign_step(step: RouteStep) -> SignStep:
    """Return a step of an entry as a step of a row."""
    return SignStep(step.word, step.role or "", step.desks or (), step.paper, step.by or "")
