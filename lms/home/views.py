"""今日 and 我的档案: empty pages that slots fill."""

from flask import Blueprint, Flask, render_template
from werkzeug.wrappers import Response

bp = Blueprint("home", __name__)


@bp.get("/")
def today() -> str | Response:
    """今日."""
    return render_template("home/today.html")


def init_app(app: Flask) -> None:
    """Register the blueprint."""
    app.register_blueprint(bp)
