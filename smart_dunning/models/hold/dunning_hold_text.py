from odoo import api, models
from odoo.tools import format_date

from ...logic import exposure

#: Reasons of a hold that end by themselves when the customer pays.
PAID_AWAY = frozenset({exposure.OVER_LIMIT, exposure.OVERDUE, exposure.LEVEL})


class DunningHoldCheck(models.AbstractModel):
    """The decisions in plain words, for people without any right in accounting."""

    _inherit = 'dunning.hold.check'

    @api.model
    def _get_reason_text(self, reason, company):
        """Return a `logic.exposure.Reason` as a sentence in the language of the user.

        :raise ValueError: for a reason that no trigger gives
        """
        trigger = self._get_triggers().get(reason.code)
        if not trigger:
            raise ValueError(f"no words for the reason {reason.code!r}")
        day = format_date(self.env, reason.day) if reason.day else ''
        return getattr(self, trigger.describe)(reason, company, day)

    @api.model
    def _describe_over_limit(self, reason, company, _day):
        money = company.currency_id.format
        return self.env._(
            "The credit limit of %(limit)s is exceeded by %(excess)s: %(amount)s would be "
            "open or ordered.", limit=money(reason.limit), excess=money(reason.excess),
            amount=money(reason.amount))

    @api.model
    def _describe_limit_expired(self, _reason, _company, day):
        return self.env._("The credit limit ended on %(day)s.", day=day)

    @api.model
    def _describe_overdue(self, reason, company, day):
        money = company.currency_id.format
        text = self.env._(
            "%(amount)s are overdue for more than %(days)s days, the oldest since %(day)s.",
            amount=money(reason.amount), days=reason.days, day=day,
        ) if reason.days else self.env._(
            "%(amount)s are overdue, the oldest since %(day)s.",
            amount=money(reason.amount), day=day)
        return text if not reason.limit else text + " " + self.env._(
            "A payment of %(amount)s is not allocated yet: please ask accounting.",
            amount=money(reason.limit))

    @api.model
    def _describe_level(self, reason, _company, _day):
        return self.env._("The dunning level “%(level)s” is reached.", level=reason.text)

    @api.model
    def _describe_broken_promise(self, reason, _company, _day):
        return self.env._("A promise to pay was broken.") if reason.days == 1 else self.env._(
            "%(number)s promises to pay were broken.", number=reason.days)

    @api.model
    def _describe_terms(self, reason, _company, _day):
        return self.env._(
            "The payment terms give %(days)s days; %(agreed)s days are agreed.",
            days=reason.days, agreed=int(reason.limit))

    @api.model
    def _describe_credit_check_missing(self, reason, company, day):
        money = company.currency_id.format
        return self.env._(
            "The last credit check ended on %(day)s; above %(limit)s one is needed, and "
            "%(amount)s would be open or ordered.", day=day, limit=money(reason.limit),
            amount=money(reason.amount)) if day else self.env._(
            "There is no credit check; above %(limit)s one is needed, and %(amount)s would be "
            "open or ordered.", limit=money(reason.limit), amount=money(reason.amount))

    @api.model
    def _describe_credit_check_expired(self, _reason, _company, day):
        return self.env._("The credit check ended on %(day)s.", day=day)

    @api.model
    def _describe_prepayment(self, _reason, _company, _day):
        return self.env._("This customer gets goods only against prepayment.")

    @api.model
    def _describe_handed_over(self, reason, company, _day):
        return self.env._(
            "%(amount)s was handed over for collection.",
            amount=company.currency_id.format(reason.amount))

    @api.model
    def _describe_manual(self, reason, _company, day):
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
    def _get_refusal(self, candidates, verdicts, checkpoint):
        """Return what a refused user reads: which documents, why, and what to do about it."""
        parts = []
        for each, verdict in zip(candidates, verdicts, strict=True):
            if not verdict.blocks:
                continue
            values = {'document': each.record.display_name, 'customer': each.partner.display_name}
            head = self.env._(
                "Order %(document)s cannot be confirmed: %(customer)s is on hold.", **values
            ) if checkpoint == exposure.ORDER else self.env._(
                "Delivery %(document)s cannot leave: %(customer)s is on hold.", **values)
            reasons = '\n'.join(
                f"– {self._get_reason_text(reason, each.company)}" for reason in verdict.reasons
                if reason.effect == exposure.BLOCK)
            parts.append(f"{head}\n{reasons}")
        codes = {reason.code for verdict in verdicts for reason in verdict.reasons
                 if reason.effect == exposure.BLOCK}
        parts.append(self._get_advice(codes))
        return '\n\n'.join(dict.fromkeys(parts))

    @api.model
    def _get_advice(self, codes):
        """Return what can be done about a hold; not every reason ends with a payment.

        :param codes: the reasons that block, codes of `logic.exposure`
        """
        if codes <= PAID_AWAY:
            return self.env._(
                "What to do: let the customer pay first, or ask for a release with the button "
                "“Request Release”. A payment lifts the hold by itself.")
        if codes & PAID_AWAY:
            return self.env._(
                "What to do: ask for a release with the button “Request Release”. A payment "
                "alone does not lift this hold.")
        return self.env._(
            "What to do: ask for a release with the button “Request Release”. This hold has "
            "nothing to do with open invoices.")

    @api.model
    def _get_document_refusal(self, documents, checkpoint):
        """Return why documents are held, each judged for itself."""
        candidates = [document.sudo()._get_hold_candidate() for document in documents]
        return self._get_refusal(candidates, self._judge(candidates, checkpoint), checkpoint)
