"""The dialogs as attackers use them: made by remote calls, in every role, for every target."""
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from . import test_attack_matrix
from .attack_table import ROLES


@tagged('post_install', '-at_install')
class TestAttackWizards(test_attack_matrix.TestAttackMatrix):
    """Whoever may not see a customer learns and does nothing about them by a dialog."""

    def _get_dialogs(self):
        return sorted(
            name for name, model in self.env.registry.items()
            if name.startswith('dunning.') and model._transient)

    def _get_targets(self, name):
        """Yield values that aim each link of a dialog at a record of the company."""
        for field in self.env[name]._fields.values():
            if field.type != 'many2one' or field.related or not field.store:
                continue
            record = self.records.get(field.comodel_name)
            if record:
                yield {field.name: record.id}
        yield {'company_id': self.company.id} if 'company_id' in self.env[name]._fields else {}

    def _call(self, user, model, method, *args, **kwargs):
        env = self.env(user=user, su=False, context={'allowed_company_ids': user.company_ids.ids})
        return call_kw(env[model], method, list(args), kwargs)

    def test_every_dialog_is_known(self):
        for name in self._get_dialogs():
            with self.subTest(model=name):
                self.assertTrue(self.env['ir.model.access'].search_count(
                    [('model_id.model', '=', name)]), "a dialog without rights")

    def test_nobody_of_another_company_reads_or_does_anything_by_a_dialog(self):
        for name in self._get_dialogs():
            for values in self._get_targets(name):
                with self.subTest(model=name, values=values):
                    self._attack(self.stranger, name, values)

    def test_a_customer_and_nobody_in_particular_get_nowhere(self):
        for letter in 'pi':
            for name in self._get_dialogs():
                for values in self._get_targets(name):
                    with self.subTest(role=ROLES[letter], model=name, values=values):
                        self._attack(self.users[letter], name, values)

    def _attack(self, user, name, values):
        """Make a dialog, ask for defaults and onchanges, press all buttons: nothing may answer."""
        before = self._count_evidence()
        context = {f'default_{key}': value for key, value in values.items()}
        for attempt in (
                lambda: self._call(user, name, 'default_get', list(self.env[name]._fields),
                                   context=context),
                lambda: self._call(user, name, 'onchange', [], values, list(values), {
                    key: {} for key in self.env[name]._fields}),
                lambda: self._press_all(user, name, values)):
            try:
                with mute_logger('odoo.sql_db'), self.env.cr.savepoint():
                    answer = attempt()
                    self.env.flush_all()
            except Exception as error:  # noqa: BLE001, a complaint of any kind does nothing
                answer = error
            self._check_says_nothing(answer)
        self.env.invalidate_all()
        self.assertEqual(self._count_evidence(), before)

    def _press_all(self, user, name, values):
        wizard_id = self._call(user, name, 'create', [values])[0]
        answers = [self._call(user, name, 'read', [wizard_id])]
        for method in dir(self.env.registry[name]):
            if method.startswith('action_') and getattr(
                    self.env.registry[name], method).__module__.startswith(
                        'odoo.addons.smart_dunning'):
                answers.append(self._call(user, name, method, [wizard_id]))
        return answers

    def _check_says_nothing(self, answer):
        """No figure and no word of the company's customers comes back."""
        text = str(answer)
        if isinstance(answer, Exception):
            text = text.split("DETAIL")[0]
        for secret in ("300.0", "500.0", self.customer.name):
            self.assertNotIn(secret, text)

    def _count_evidence(self):
        self.env.flush_all()
        return [self.env[name].sudo().search_count([]) for name in (
            'dunning.release', 'dunning.pause', 'dunning.waiver', 'dunning.run')] + [
            self.company.sudo().dunning_active]

