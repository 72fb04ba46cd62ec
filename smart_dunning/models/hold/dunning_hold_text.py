from odoo import api, models
from odoo.tools import format_date

from ...logic import exposure


class DunningHoldCheck(models.AbstractModel):
    """The decisions in plain words, for people without any right in accounting."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_reason_text(self, reason, company):
        """Return a `logic.exposure.Reason` as a sentence in the language of the user."""
        money = company.currency_id.format
        day = format_date(self.env, reason.day) if reason.day else ''
        if reason.code == exposure.OVER_LIMIT:
            return self.env._(
                "The credit limit of %(limit)s is exceeded by %(excess)s: %(amount)s would be "
                "open or ordered.", limit=money(reason.limit), excess=money(reason.excess),
                amount=money(reason.amount))
        if reason.code == exposure.LIMIT_EXPIRED:
            return self.env._("The credit limit ended on %(day)s.", day=day)
        if reason.code == exposure.OVERDUE:
            text = self._get_overdue_text(reason, money(reason.amount), day)
            return text if not reason.limit else text + " " + self.env._(
                "A payment of %(amount)s is not allocated yet: please ask accounting.",
                amount=money(reason.limit))
        if reason.code == exposure.LEVEL:
            return self.env._("The dunning level “%(level)s” is reached.", level=reason.text)
        if reason.code == exposure.BROKEN_PROMISE:
            return self.env._("A promise to pay was broken.") if reason.days == 1 else self.env._(
                "%(number)s promises to pay were broken.", number=reason.days)
        if reason.code == exposure.TERMS:
            return self.env._(
                "The payment terms give %(days)s days; %(agreed)s days are agreed.",
                days=reason.days, agreed=int(reason.limit))
        if reason.code == exposure.PREPAYMENT:
            return self.env._("This customer gets goods only against prepayment.")
        return self._get_manual_text(reason, day)

    @api.model
    def _get_overdue_text(self, reason, amount, day):
        if reason.days:
            return self.env._(
                "%(amount)s are overdue for more than %(days)s days, the oldest since %(day)s.",
                amount=amount, days=reason.days, day=day)
        return self.env._(
            "%(amount)s are overdue, the oldest since %(day)s.", amount=amount, day=day)

    @api.model
    def _get_manual_text(self, reason, day):
        if day:
            return self.env._(
                "On hold until %(day)s by %(user)s: %(reason)s", day=day, user=reason.user,
                reason=reason.text)
        return self.env._(
            "On hold by %(user)s: %(reason)s", user=reason.user, reason=reason.text)

    @api.model
    def _get_reasons_text(self, verdict, company):
        """Return all reasons of a verdict, one per line."""
        return '\n'.join(self._get_reason_text(reason, company) for reason in verdict.reasons)

    @api.model
    def _get_refusal(self, asks, verdicts, checkpoint):
        """Return what a refused user reads: which documents, why, and what to do about it."""
        parts = []
        for ask, verdict in zip(asks, verdicts, strict=True):
            if not verdict.blocks:
                continue
            values = {'document': ask.record.display_name, 'customer': ask.partner.display_name}
            head = self.env._(
                "Order %(document)s cannot be confirmed: %(customer)s is on hold.", **values
            ) if checkpoint == exposure.ORDER else self.env._(
                "Delivery %(document)s cannot leave: %(customer)s is on hold.", **values)
            reasons = '\n'.join(
                f"– {self._get_reason_text(reason, ask.company)}" for reason in verdict.reasons
                if reason.effect == exposure.BLOCK)
            parts.append(f"{head}\n{reasons}")
        parts.append(self.env._(
            "What to do: let the customer pay first, or ask for a release with the button "
            "“Request Release”. A payment lifts the hold by itself."))
        return '\n\n'.join(dict.fromkeys(parts))

    @api.model
    def _get_document_refusal(self, documents, checkpoint):
        """Return why documents are held, each judged for itself."""
        asks = [document.sudo()._get_hold_ask() for document in documents]
        return self._get_refusal(asks, self._judge(asks, checkpoint), checkpoint)
