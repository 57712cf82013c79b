"""The dated periods of review and appeal, read from their file once."""

from datetime import date
from functools import cache
from pathlib import Path

from appraisals.cycles.rules import terms
from appraisals.cycles.rules.claims import Remedy
from lms import datafiles
from lms.people.models import EmploymentForm

FILE = Path(__file__).parent / "remedies.yaml"


@cache
def _rows() -> tuple[Remedy, ...]:
    data = datafiles.read(FILE)
    return tuple(Remedy.from_dict(entry) for entry in data["remedies"])


def remedy(form: EmploymentForm, day: date) -> Remedy:
    """The periods of a form that hold on a day."""
    return terms.in_force(_rows(), form, day)
