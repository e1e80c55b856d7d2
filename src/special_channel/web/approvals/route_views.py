"""Views of a draft's sign-off route. Never sent to the other side (ADR 47)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from special_channel.web.shared.changed_words import Run
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import FileRef


class PaperDecision(View):
    """A decision on paper as an official recorded it; texts are empty once erased."""

    office: str
    reference: str
    on: date
    scan: FileRef | None = None


class RouteAnswer(View):
    """An answer to a step.

    Attributes:
        answer: Code of `route-answer`.
        author: The signer; of a decision on paper, the recorder.
        desk: Title of the desk that answered; empty for a step without desks.
        to: The step to which the draft went back.
    """

    answer: str
    author: Author
    at: datetime
    desk: str = ""
    remark: str = ""
    to: int = 0
    paper: PaperDecision | None = None


class RouteStepItem(View):
    """A step of a route.

    `whose`: role, desks or office of the step, in the reader's language. `by`: when the route
    asks for the answer.
    """

    number: int
    word: str
    whose: tuple[str, ...]
    by: datetime | None = None
    standing: Literal["done", "now", "ahead"]
    answers: tuple[RouteAnswer, ...] = ()


class StepForm(View):
    """Answers open to the reader now.

    Attributes:
        step, person, desk: Fields of the entry that the reader signs.
        functions: Numbers of the reader's functions that may sign, separated by blanks.
        answers: Codes of `route-answer` to choose from.
        paper: A decision on paper is to be recorded.
        texts: The draft's texts, which a checker may change.
    """

    step: int
    person: str
    desk: str = ""
    functions: str
    answers: tuple[str, ...] = ()
    paper: bool = False
    texts: tuple[Words, ...] = ()


class ChangedText(View):
    """A text of the draft that a checker changed."""

    lang: str
    runs: tuple[Run, ...]


class DraftChange(View):
    """Changes of an official in a step."""

    step: int
    author: Author
    texts: tuple[ChangedText, ...]


class RoutePlace(View):
    """Where a draft is on its route, for the queue.

    `mine`: the reader answers the step. `whose` and `by` as of the step.
    """

    step: int
    of: int
    word: str
    whose: tuple[str, ...]
    by: datetime | None = None
    mine: bool = False


class DraftRoute(View):
    """A draft's route with its answers.

    Attributes:
        title: The route's name in the reader's language; its id if the file no longer has it.
        drafter: Author of the first version.
        former: Answers to earlier steps that no longer count, since the draft went back.
        form: Answers open to the reader; absent if the turn is another's.
        back: Steps to which the reader may send the draft back; 1 is its author.
        changes: Changes of the checkers, oldest first.
        decided: The last step is decided on paper.
    """

    title: str
    drafter: Author
    step: int
    steps: tuple[RouteStepItem, ...]
    former: tuple[RouteAnswer, ...] = ()
    form: StepForm | None = None
    back: tuple[int, ...] = ()
    changes: tuple[DraftChange, ...] = ()
    decided: bool = False

    @property
    def now(self) -> RouteStepItem:
        """The step whose turn it is."""
        return self.steps[self.step - 1]
