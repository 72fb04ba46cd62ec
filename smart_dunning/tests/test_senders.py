"""The setting *Parallel Senders*: so many scheduled actions, and what becomes of them."""
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import DunningCommon


@tagged('post_install', '-at_install')
class TestSenders(DunningCommon):

    def _get_senders(self):
        return self.env['ir.cron']._get_dunning_senders()

    def _set(self, number):
        settings = self.env['res.config.settings'].create({})
        settings.dunning_senders = number
        settings.execute()

    def test_setting_keeps_so_many_scheduled_actions(self):
        first = self.env.ref('smart_dunning.ir_cron_dunning_send')
        for number in (4, 2, 16, 1):
            self._set(number)
            senders = self._get_senders()
            self.assertEqual((len(senders), senders[0]), (number, first))
            self.assertEqual(set(senders.mapped('code')), {'model._cron_send()'})
            self.assertEqual(len(set(senders.mapped('name'))), number)
            self.assertEqual(self.env['res.config.settings'].create({}).dunning_senders, number)
        self.assertFalse(self.env['ir.actions.server'].search([
            ('code', '=', 'model._cron_send()'), ('model_name', '=', 'dunning.letter'),
            ('id', '!=', first.ir_actions_server_id.id)]))

    def test_senders_deleted_by_hand_stand_in_nobodys_way(self):
        for number in (1, 2):           # the second of three, then the last one
            self._set(3)
            self._get_senders()[number].unlink()
            self.assertEqual(len(self._get_senders()), 2)
            self._set(4)
            self.assertEqual(len(self._get_senders()), 4)

    def test_bounds_and_rights(self):
        for number in (0, -1, 17, 10 ** 6):
            with self.subTest(number=number), self.assertRaises(ValidationError):
                self._set(number)
        manager = new_test_user(
            self.env, 'sender_manager', groups='smart_dunning.group_dunning_manager')
        settings = self.env['res.config.settings'].create({'dunning_senders': 3})
        with self.assertRaises(AccessError):
            settings.with_user(manager).set_values()
        self.assertEqual(len(self._get_senders()), 1)

    def test_upgrade_leaves_them_and_uninstalling_takes_them(self):
        self._set(3)
        data = self.env['ir.model.data'].search([
            ('module', '=', 'smart_dunning'), ('name', '=like', 'ir_cron_dunning_send\\_%')])
        # What an uninstallation goes by, and what an upgrade does not touch.
        self.assertEqual(set(data.mapped('model')), {'ir.cron', 'ir.actions.server'})
        self.assertTrue(all(data.filtered(lambda one: one.res_id in (
            self._get_senders()[1:].ids + self._get_senders()[1:].ir_actions_server_id.ids)
        ).mapped('noupdate')))
        self.assertTrue(self._get_senders()[1:] <= self.env['ir.cron'].browse(
            data.filtered(lambda one: one.model == 'ir.cron').mapped('res_id')))

    def test_first_sender_wakes_as_many_as_there_are_bundles(self):
        self._set(4)
        triggers = self.env['ir.cron.trigger']
        for bundles, woken in ((0, 0), (1, 0), (2, 1), (3, 2), (9, 3)):
            triggers.search([]).unlink()
            self.env['ir.cron']._wake_dunning_helpers(bundles)
            self.assertEqual(triggers.search([]).cron_id, self._get_senders()[1:1 + woken])

    def test_waking_is_no_error_where_the_action_was_deleted(self):
        self._get_senders().unlink()
        self.env['ir.cron']._wake_dunning_sender()
        self._set(1)
        self.assertFalse(self._get_senders())
