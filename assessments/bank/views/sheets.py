"""The filtered bank as a sheet, and where a question from a sheet leads."""

from flask import Blueprint, Response, make_response, url_for

from assessments.bank import queries
from assessments.bank.actions import sheets
from assessments.bank.views.frame import STAFF, wanted_filter
from lms import audit, clock
from lms.sheets import writing
from lms.web import guards
from lms.web.guards import needs, writes
from lms.web.links import Target


@needs(*STAFF)
@writes
def export() -> Response:
    """The questions that the filter in the address wants, as xlsx; who took them is written down."""
    found = queries.all_of_bank(wanted_filter(), clock.today(), sheets.MOST_ROWS)
    content = writing.workbook(sheets.table(found))
    audit.record("question.export", "question", "bank", "题库", count=len(found))
    response = make_response(content)
    response.headers["Content-Type"] = writing.XLSX
    response.headers["Content-Disposition"] = f"attachment; filename=questions-{clock.today():%Y%m%d}.xlsx"
    return response


def row_link(ref_id: str) -> Target | None:
    """A question by the id of its row, for those who may open it."""
    if not guards.reaches(*STAFF) or not ref_id.isdigit():
        return None
    code = queries.code_of(int(ref_id))
    return Target(code, url_for("exams.question", code=code)) if code else None


def register(bp: Blueprint) -> None:
    """Put the sheet at its address."""
    bp.add_url_rule("/training/bank/questions.xlsx", "questions_sheet", export)
