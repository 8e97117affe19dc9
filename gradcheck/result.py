"""A finished check as its user holds it: the record, its text, and the error it can raise."""

from __future__ import annotations

from dataclasses import dataclass, fields

from gradcheck.errors import GradientError, UndecidedError
from gradcheck.records import Record, Verdict
from gradcheck.report.text import render


@dataclass(frozen=True, repr=False)
class Result(Record):
    """What :func:`gradcheck.check` returns; printed, it explains itself.

    >>> import gradcheck
    >>> result = gradcheck.check("scratchnn.Tanh")
    >>> result.passed, result.cause
    (True, None)
    >>> result
    <Result scratchnn.Tanh: verified>
    """

    def __repr__(self) -> str:
        """One line: all that it holds would be pages."""
        told = f" [{self.cause}]" if self.cause else ""
        return f"<Result {self.target}: {self.verdict}{told}>"

    def __str__(self) -> str:
        """The same as :meth:`explain`."""
        return self.explain()

    @classmethod
    def of(cls, record: Record) -> Result:
        """The same findings, with the methods that need the reports."""
        return cls(**{field.name: getattr(record, field.name) for field in fields(record)})

    def explain(self) -> str:
        """The text that the command line prints, without colour."""
        return render(self)

    def raise_if_refuted(self) -> None:
        """Do nothing unless a gradient is wrong.

        Raises:
            GradientError: With :meth:`explain` as its text.
        """
        __tracebackhide__ = True  # pytest then shows the caller's line
        if self.verdict == Verdict.REFUTED:
            raise GradientError(self.explain())

    def raise_unless_verified(self) -> None:
        """Do nothing if everything that was checked is verified.

        Raises:
            GradientError: If a gradient is wrong, with :meth:`explain` as its text.
            UndecidedError: If something could not be decided, with the same text.
        """
        __tracebackhide__ = True
        self.raise_if_refuted()
        if not self.passed:
            raise UndecidedError(self.explain())
