from io import BytesIO

from odoo.modules.migration import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file, file_path
from odoo.tools.convert import convert_xml_import

# In an order in which all of it can be deleted.
MADE_BY_ADMINISTRATORS = (
    'dunning.hold.rule', 'dunning.level', 'dunning.policy', 'dunning.claim.rule', 'dunning.rate',
    'dunning.pause.reason', 'dunning.dispute.stage')


@tagged('post_install', '-at_install')
class TestUpgradeData(TransactionCase):
    """An upgrade of the addon leaves alone what an administrator made of the shipped data."""

    def _upgrade(self):
        """Read the data files as `-u smart_dunning` does."""
        self.env.flush_all()
        for name in ('policy', 'hold_rule', 'rate', 'claim_rule', 'pause'):
            convert_file(self.env, 'smart_dunning', f'data/dunning_{name}_data.xml', {}, 'update',
                         noupdate=True)
        self.env.flush_all()

    def _ship_rate(self, date_from, date_until, percent):
        """Read a data file with a rate of Germany that is new in a release."""
        data = BytesIO(f"""
            <odoo noupdate="1"><record id="dunning_rate_test" model="dunning.rate">
                <field name="reference">de</field><field name="percent">{percent}</field>
                <field name="date_from">{date_from}</field>
                <field name="date_until">{date_until}</field>
            </record></odoo>""".encode())
        data.name = 'dunning_rate_data.xml'
        convert_xml_import(self.env, 'smart_dunning', data, {}, 'update', noupdate=True)
        return self.env.ref('smart_dunning.dunning_rate_test')

    def test_deleted_level_stays_deleted_and_the_rest_renumbered(self):
        policy = self.env.ref('smart_dunning.dunning_policy_business').with_context(
            active_test=False)
        self.env.ref('smart_dunning.dunning_level_business_2').unlink()
        for position, level in enumerate(policy.level_ids.sorted('position'), 1):
            level.position = position
        names = policy.level_ids.sorted('position').mapped('name')
        self._upgrade()
        policy.invalidate_recordset()
        self.assertEqual(policy.level_ids.sorted('position').mapped('name'), names)

    def test_rules_of_new_countries_come_once(self):
        """The step of this release brings them to older databases; deleted, they stay away."""
        path = file_path('smart_dunning/migrations/19.0.2.0.0/post-claim_rules.py')
        step = load_script(path, 'dunning_claim_rules_step')
        names = [f'smart_dunning.{name}' for name in step.NEW]
        for name in names:
            self.env.ref(name).unlink()
        own = self.env.ref('smart_dunning.dunning_claim_rule_de_2014')
        own.lump_sum = 17.0
        step.migrate(self.env.cr, '19.0.1.0.0')
        self.env.invalidate_all()
        self.assertTrue(all(self.env.ref(name).lump_sum >= 0 for name in names))
        self.assertEqual(own.lump_sum, 17.0)
        for name in names:
            self.env.ref(name).unlink()
        self._upgrade()
        self.assertFalse(any(self.env.ref(name, raise_if_not_found=False) for name in names))

    def test_deleted_hold_rule_stays_deleted(self):
        policy = self.env.ref('smart_dunning.dunning_policy_business')
        self.env.ref('smart_dunning.dunning_hold_rule_business_overdue').unlink()
        self._upgrade()
        policy.invalidate_recordset()
        self.assertNotIn('overdue', policy.hold_rule_ids.mapped('trigger'))

    def test_nothing_that_was_deleted_comes_back(self):
        shipped = self.env['ir.model.data'].search([
            ('module', '=', 'smart_dunning'), ('model', 'in', MADE_BY_ADMINISTRATORS)])
        self.assertEqual(set(shipped.mapped('model')), set(MADE_BY_ADMINISTRATORS))
        names = set(shipped.mapped('complete_name'))
        for model in MADE_BY_ADMINISTRATORS:
            self.env[model].with_context(active_test=False).search([]).unlink()
        self._upgrade()
        self.assertFalse([
            name for name in names if self.env.ref(name, raise_if_not_found=False)])

    def test_new_rate_arrives(self):
        rate = self._ship_rate('2031-01-01', '2031-06-30', 3.1)
        self.assertEqual(rate.percent, 3.1)

    def test_rate_entered_by_hand_stays_when_a_release_brings_it(self):
        for date_from in ('2031-01-01', '2031-02-01', '2030-12-01'):
            with self.subTest(date_from=date_from):
                entered = self.env['dunning.rate'].create({
                    'reference': 'de', 'date_from': date_from, 'date_until': '2031-03-31',
                    'percent': 4.2})
                self.assertEqual(self._ship_rate('2031-01-01', '2031-06-30', 3.1), entered)
                self.assertEqual(entered.percent, 4.2)
                entered.unlink()

    def test_rate_entered_without_an_end_yields_to_the_next_one(self):
        entered = self.env['dunning.rate'].create({
            'reference': 'de', 'date_from': '2030-07-01', 'percent': 4.2})
        self.assertNotEqual(self._ship_rate('2031-01-01', '2031-06-30', 3.1), entered)
