from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .claim_common import ClaimCommon
from .common import day

#: What ships for all companies, with a change that would be felt in each of them.
SHARED = {
    'dunning.rate': {'percent': 99.0},
    'dunning.claim.rule': {'lump_sum': 9999.0},
    'dunning.pause.reason': {'name': "Because"},
    'dunning.dispute.stage': {'name': "Lost"},
}
#: A time for which nobody has entered a rate.
FREE = {'dunning.rate': {'date_from': '1990-01-01', 'date_until': '1990-06-30'}}


class TestSharedData(ClaimCommon):
    """Rates, claim rules, reasons, stages: shared ones by Settings alone, own by company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls._create_company(name="Elsewhere", country_id=cls.company.country_id.id)
        cls.stranger = new_test_user(
            cls.env, 'stranger', groups='smart_dunning.group_dunning_manager',
            company_id=cls.elsewhere.id, company_ids=[Command.set(cls.elsewhere.ids)])
        cls.system = new_test_user(
            cls.env, 'system', groups='smart_dunning.group_dunning_manager,base.group_system',
            company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)])
        cls.shared = {
            model: cls.env[model].sudo().search([('company_id', '=', False)], limit=1)
            for model in SHARED}

    def test_shared_ones_are_changed_by_settings_alone(self):
        for model, values in SHARED.items():
            record = self.shared[model]
            self.assertTrue(record, model)
            for user in (self.manager, self.stranger):
                with self.subTest(model=model, user=user.login):
                    self.assertTrue(record.with_user(user).has_access('read'))
                    with self.assertRaises(AccessError):
                        record.with_user(user).write(values)
                    with self.assertRaises(AccessError):
                        record.with_user(user).unlink()
                    with self.assertRaises(AccessError):
                        self.env[model].with_user(user).create(
                            {**record.copy_data()[0], **FREE.get(model, {}), 'company_id': False})
            record.with_user(self.system).write(values)

    def test_own_ones_are_changed_by_their_company_alone(self):
        for model, values in SHARED.items():
            with self.subTest(model=model):
                action = self.shared[model].with_user(self.manager).action_copy_for_company()
                own = self.env[model].with_user(self.manager).search(action['domain'])
                self.assertEqual(own.company_id, self.company)
                own.write(values)
                with self.assertRaises(AccessError):
                    own.write({'company_id': False, **FREE.get(model, {})})    # that is for all
                with self.assertRaises(AccessError):
                    own.company_id = self.elsewhere
                seen = own.with_user(self.stranger)
                self.assertFalse(seen.search([('id', '=', own.id)]))
                for attack in (lambda: seen.write(values), seen.unlink,  # noqa: B023
                               lambda: seen.read(['company_id'])):       # noqa: B023
                    with self.assertRaises(AccessError):
                        attack()
                with self.assertRaises(AccessError):
                    self.env[model].with_user(self.stranger).create(
                        {**own.copy_data()[0], **FREE.get(model, {})})

    def test_a_rate_of_ones_own_holds_in_ones_own_company(self):
        values = {'reference': 'de', 'date_from': day(0), 'date_until': day(9), 'percent': 5.0}
        shared = self.env['dunning.rate']._get_rates(self.elsewhere)['de'].find(day(3))
        rate = self.env['dunning.rate'].with_user(self.manager).create(values)
        self.assertEqual(rate.company_id, self.company)
        for company, on, expected in (
            (self.company, day(3), 5.0), (self.company, day(9), 5.0),
            (self.company, day(10), shared), (self.company, day(-1), shared),
            (self.elsewhere, day(3), shared),
        ):
            with self.subTest(company=company.name, on=on):
                rates = self.env['dunning.rate']._get_rates(company)
                self.assertEqual(rates['de'].find(on), expected)

    def test_a_claim_rule_of_ones_own_holds_in_ones_own_company(self):
        rules = self.env['dunning.claim.rule']
        before = {company: rules._get_for_company(company)
                  for company in (self.company, self.elsewhere)}
        self.assertTrue(before[self.company])
        own = before[self.company][:1].with_user(self.manager).copy(
            {'company_id': self.company.id, 'limitation_years': 1, 'date_from': '2000-01-01'})
        self.assertEqual(rules._get_for_company(self.company), own)
        self.assertEqual(rules._get_for_company(self.elsewhere), before[self.elsewhere])
        self._invoice(due=day(-20))
        self.env['account.move'].flush_model()
        [claim] = self.env['dunning.claim'].search([('company_id', '=', self.company.id)])
        self.assertEqual(claim.limitation_date.year, day(-20).year + 1)

    def test_reasons_of_another_company_are_no_reasons(self):
        reason = self.env['dunning.pause.reason'].with_user(self.stranger).create(
            {'name': "Theirs", 'usage': 'dispute'})
        self.assertEqual(reason.company_id, self.elsewhere)
        invoice = self._invoice(due=day(-20))
        with self.assertRaises(UserError):
            self.env['dunning.dispute'].create({'move_id': invoice.id, 'reason_id': reason.id})
