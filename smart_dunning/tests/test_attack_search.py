"""Whoever may not read a field learns nothing of it by searching, grouping or sorting either."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .hold_common import HoldCommon

_ADDON = 'smart_dunning'


class TestAttackSearch(HoldCommon):
    """Every field of ours with groups, probed by those who are in none of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = {'company_id': cls.company.id, 'company_ids': [Command.set(cls.company.ids)]}
        cls.users = [
            new_test_user(cls.env, 'probe_p', groups='base.group_portal'),
            new_test_user(cls.env, 'probe_i', groups='base.group_user', **own),
            new_test_user(cls.env, 'probe_s', groups='sales_team.group_sale_salesman', **own),
            new_test_user(cls.env, 'probe_w', groups='stock.group_stock_user', **own)]

    def _get_hidden_fields(self, user):
        """Yield (model, field) of ours that a user may not read, of models the user may read."""
        for name, model in self.env.registry.items():
            if model._abstract or not self.env[name].with_user(user).has_access('read'):
                continue
            for field in model._fields.values():
                if _ADDON in field._modules and not self.env[name].with_user(
                        user)._has_field_access(field, 'read'):
                    yield name, field.name

    def _get_values(self, model, name):
        field = self.env[model]._fields[name]
        return field.get_values(self.env) if field.type == 'selection' else [True]

    def _call(self, user, model, method, *args, **kwargs):
        env = self.env(user=user, su=False, context={
            'allowed_company_ids': user.company_id.ids, 'lang': 'en_US'})
        return call_kw(env[model], method, list(args), kwargs)

    def _probe(self, *args, **kwargs):
        """Return what somebody learns; None: nothing, since it is refused or cannot be asked."""
        try:
            with mute_logger('odoo.models', 'odoo.sql_db'), self.env.cr.savepoint():
                return self._call(*args, **kwargs)
        except (AccessError, ValueError):
            return None

    def test_no_search_tells_what_may_not_be_read(self):
        count = 0
        for user in self.users:
            for model, field in self._get_hidden_fields(user):
                for method, args, more in (
                        ('search_count', [[(field, '!=', False)]], {}),
                        ('search_count', [[(field, 'in', self._get_values(model, field))]], {}),
                        ('search_read', [[], [field]], {'limit': 1}),
                        ('search', [[]], {'order': f'{field} desc', 'limit': 1}),
                        ('formatted_read_group', [[], [field], ['__count']], {}),
                        ('formatted_read_group', [[], [], [f'{field}:max']], {})):
                    with self.subTest(user=user.login, model=model, field=field, method=method):
                        self.assertIsNone(self._probe(user, model, method, *args, **more))
                    count += 1
        self.assertGreater(count, 200)
