from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import DunningCommon


class TestSharedPolicy(DunningCommon):
    """A policy of all companies acts in all of them: who knows only one must not change it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_b = cls.setup_other_company()['company']
        cls.shared = cls._make_policy("Shared")
        cls.shared.sudo().company_id = False
        cls.foreign = cls._make_policy("Foreign")
        cls.foreign.sudo().company_id = cls.company_b
        every_company = cls.env['res.company'].sudo().search([])
        cls.allrounder = new_test_user(
            cls.env, 'allrounder', groups='smart_dunning.group_dunning_manager',
            company_id=cls.company.id, company_ids=[Command.set(every_company.ids)])

    def test_manager_of_one_company_reads_but_does_not_change_a_shared_policy(self):
        shared = self.shared.with_user(self.manager)
        self.assertEqual(shared.name, "Shared")
        for record, values in ((shared, {'quiet_days': 0}), (shared.level_ids[1], {'delay': 8})):
            with self.assertRaises(AccessError):
                record.write(values)
        with self.assertRaises(AccessError):
            shared.unlink()
        with self.assertRaises(AccessError):
            shared.copy({'company_id': False})
        with self.assertRaises(AccessError):
            self.policy.with_user(self.manager).company_id = False

    def test_manager_gives_nothing_to_companies_he_does_not_know(self):
        spare = self._make_policy("Spare")
        run = self.env['dunning.run'].with_user(self.clerk).create(
            {'company_id': self.company.id})
        pause = self.env['dunning.pause'].with_user(self.clerk).create({
            'company_id': self.company.id, 'partner_id': self.customer.id, 'reason': "Away",
            'date_until': run.date})
        for record in (spare.with_user(self.manager), run, pause):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.company_id = self.company_b
        with self.assertRaises(AccessError):
            self.policy.level_ids[-1].with_user(self.manager).write(
                {'policy_id': self.shared.id, 'position': 9})
        with self.assertRaises(AccessError):
            self.env['dunning.level'].with_user(self.manager).create({
                'policy_id': self.shared.id, 'name': "Mine", 'position': 10})

    def test_manager_changes_policies_of_his_own_company(self):
        own = self.policy.with_user(self.manager)
        own.quiet_days = 9
        own.level_ids[1].delay = 8
        self.assertEqual((own.quiet_days, own.level_ids[1].delay), (9, 8))
        copy = self.shared.with_user(self.manager).copy({'company_id': self.company.id})
        self.assertEqual(copy.company_id, self.company)

    def test_policy_of_another_company_is_out_of_sight(self):
        with self.assertRaises(AccessError):
            self.foreign.with_user(self.manager).read(['name'])
        with self.assertRaises(AccessError):
            self.foreign.with_user(self.manager).quiet_days = 1
        self.assertNotIn(self.foreign, self.env['dunning.policy'].with_user(
            self.manager).search([]))

    def test_manager_of_all_companies_changes_a_shared_policy(self):
        shared = self.shared.with_user(self.allrounder)
        shared.quiet_days = 4
        shared.level_ids[1].delay = 6
        self.assertEqual((shared.quiet_days, shared.level_ids[1].delay), (4, 6))

    def test_right_ends_with_a_company_one_does_not_know(self):
        shared = self.shared.with_user(self.allrounder)
        shared.quiet_days = 4
        self.env['res.company'].sudo().create({'name': "Newcomer"})
        with self.assertRaises(AccessError):
            shared.quiet_days = 3

    def test_clerk_changes_no_policy(self):
        for record in (self.policy, self.policy.level_ids[1]):
            with self.assertRaises(AccessError):
                record.with_user(self.clerk).name = "Mine"
