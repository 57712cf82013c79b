"""Text from a browser → values, for the ledger."""

from lms.web.forms import BaseForm, short_text


class ReversalForm(BaseForm):
    """Why a line is taken back."""

    reason = short_text("理由", "写明冲销的理由，本人会看到。", maximum=200)
