"""验证证书: anybody may check a certificate, without signing in and without leaving a trace but a count a minute."""

from flask import current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from certificates.awards import queries, rules
from certificates.awards.queries import AwardRow
from certificates.awards.rules import REVOCATION_LABELS, RevocationClass, State
from certificates.awards.views.frame import bp
from lms import clock
from lms.access import actions as access
from lms.web.guards import public, writes

MINUTE = "60"
ICONS = {State.valid: "circle-check", State.expiring: "circle-check"}
FACES = {
    State.valid: ("证书有效", ""),
    State.expiring: ("证书有效", ""),
    State.expired: ("证书已过期", "warn"),
    State.superseded: ("已换发新证", "warn"),
    State.revoked: ("证书已撤销", "danger"),
}


@bp.get("/v")
@public
def verify_form() -> Response:
    """For typing the number by hand; leads to the certificate's own address."""
    typed = request.args.get("code")
    if typed is None:
        return _answer("certificates/verify_form.html", 200, typed="", error="")
    if not typed.strip():
        return _answer("certificates/verify_form.html", 422, typed="", error=_("填写证书编号，例如 YZ26-4K27-P8QM。"))
    number = rules.normal_number(typed)
    if number is None:
        return _not_found(typed)
    return redirect(url_for("certificates.verify", code=number), 303)


@bp.get("/v/<code>")
@public
@writes
def verify(code: str) -> Response:
    """Whether a certificate holds; unknown and held ones look the same. Counted by address and minute."""
    limit = current_app.config["LMS_SETTINGS"].verify_per_minute
    if not access.count_use(f"verify:{request.remote_addr}", limit):
        answer = _answer("certificates/verify_busy.html", 429)
        answer.headers["Retry-After"] = MINUTE
        return answer
    number = rules.normal_number(code)
    row = queries.by_number(number, clock.today()) if number else None
    if row is None or not rules.is_public(row.state):
        return _not_found(code)
    return _answer("certificates/verify.html", 200, **_shown(row))


def _shown(row: AwardRow) -> dict[str, object]:
    """What strangers may see, and no more."""
    award = row.award
    title, tone = FACES[row.state]
    withdrawn = award.revocation
    return {
        "title": _(title),
        "tone": tone,
        "icon": ICONS.get(row.state, "triangle-alert"),
        "state": row.state.value,
        "name": rules.masked_name(award.holder_name),
        "what": award.title,
        "post": award.post_title,
        "number": award.number,
        "issued_on": award.issued_on,
        "valid_until": award.valid_until,
        "organisation": award.facts["organisation"],
        "department": award.endorsing_department,
        "revoked_at": withdrawn.revoked_at if withdrawn else None,
        "kind": _(REVOCATION_LABELS[RevocationClass(withdrawn.reason_class)]) if withdrawn else "",
        "reason": withdrawn.reason if withdrawn else "",
    }


def _not_found(typed: str) -> Response:
    return _answer("certificates/verify_none.html", 404, typed=typed[: rules.LONGEST_TYPED])


def _answer(template: str, status: int, **values: object) -> Response:
    """A page that search engines leave alone. Returned, never raised: a count that is rolled back counts nothing."""
    answer = make_response(render_template(template, **values), status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Cache-Control"] = "no-store"
    return answer
