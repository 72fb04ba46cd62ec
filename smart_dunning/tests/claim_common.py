from datetime import date

from .common import DunningCommon

DUE = date(2026, 6, 10)


class ClaimCommon(DunningCommon):
    """A German company; its second dunning letter claims interest and a fee, its last all."""

    @classmethod
    def get_default_groups(cls):
        # EXTENDS account: rates and rules that all companies share are changed by Settings alone
        return super().get_default_groups() | cls.quick_ref('base.group_system')

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.country_id = cls.env.ref('base.de')
        cls.rule = cls.env.ref('smart_dunning.dunning_claim_rule_de_2014')
        # Figures are easier to follow without the period that a reminder grants: see
        # TestClaimDefault for it.
        cls.rule.write({'currency_id': cls.company.currency_id.id, 'reminder_period': False})
        cls.reminder, cls.first, cls.last = cls.policy.level_ids[1:]
        cls.first.write({'charge_interest': True, 'fee_amount': 2.5})
        cls.last.write({'charge_interest': True, 'fee_amount': 2.5, 'charge_lump_sum': True})
        cls.customer.is_company = True

    @staticmethod
    def _find(charges, kind):
        return charges.filtered(lambda charge: charge.kind == kind)
