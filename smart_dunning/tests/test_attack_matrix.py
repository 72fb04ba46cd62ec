"""Every public method and every field of ours, tried by every role over RPC.

What each role may do stands in `attack_table`. A new method or field that is not there makes this
fail: whoever adds one decides who may call or write it.
"""
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Command, Date, Datetime
from odoo.service.model import call_kw, get_public_method
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .attack_table import FIELDS, HARMLESS, METHODS, ROLES
from .common import day
from .hold_common import HoldCommon

_ADDON = 'smart_dunning'
_CODE = f'odoo.addons.{_ADDON}.'


class _TakenBack(Exception):
    """What was allowed is taken back."""


class TestAttackMatrix(HoldCommon):
    """Nobody does by remote call what the table does not grant."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = {'company_id': cls.company.id, 'company_ids': [Command.set(cls.company.ids)]}
        cls.users = {'p': new_test_user(cls.env, 'p', groups='base.group_portal')}
        cls.users.update({
            letter: new_test_user(cls.env, f'role_{letter}', groups=groups, **own)
            for letter, groups in ROLES.items() if letter not in 'p'})
        cls.elsewhere = cls._create_company(name="Elsewhere")
        cls.stranger = new_test_user(
            cls.env, 'stranger', company_id=cls.elsewhere.id,
            company_ids=[Command.set(cls.elsewhere.ids)],
            groups='smart_dunning.group_dunning_manager,sales_team.group_sale_manager,'
                   'stock.group_stock_manager,account.group_account_manager')
        cls._set_stage()
        cls.records = {
            name: cls._find_record(name) for name in sorted(cls._get_models())}
        cls.env.flush_all()

    @classmethod
    def _set_stage(cls):
        """Let there be one of everything."""
        cls._rule()
        cls.policy.level_ids.fee_amount = 2.5
        cls.policy.hold_rule_ids.order_effect = 'none'
        invoice, disputed, promised = (cls._overdue(amount) for amount in (300.0, 100.0, 50.0))
        other = cls._overdue(80.0, partner=cls.other)
        order = cls._order(2, confirm=True)
        cls.env['dunning.run'].create(
            {'company_id': cls.company.id, 'date': cls.today}).action_plan()
        cls._dispute(disputed)
        cls.env['dunning.promise'].create({
            'partner_id': cls.customer.id, 'company_id': cls.company.id,
            'date': Date.add(cls.today, days=5),
            'item_ids': [Command.set(cls._terms(promised).ids)]})
        cls.env['dunning.installment.plan'].create({
            'partner_id': cls.customer.id, 'company_id': cls.company.id, 'count': 2,
            'item_ids': [Command.set(cls._terms(invoice).ids)]})
        cls.env['dunning.pause'].create({
            'partner_id': cls.other.id, 'company_id': cls.company.id, 'reason': "Talks",
            'date_until': Date.add(cls.today, days=5)})
        cls.env['dunning.hold'].create({'partner_id': cls.other.id, 'reason': "Wait"})
        cls._release(order_id=order.id, max_amount=500)
        letter = cls.env['dunning.letter'].sudo().search(
            [('company_id', '=', cls.company.id)], limit=1)
        cls.env['dunning.answer'].sudo().create({
            'kind': 'contact', 'letter_id': letter.id, 'partner_id': letter.partner_id.id,
            'company_id': cls.company.id, 'currency_id': letter.currency_id.id,
            'said_by': "Carla", 'said_at': Datetime.now(), 'contact_name': "Pia"})
        cls._hand_over(other)
        cls.env['dunning.debtor']._refresh(company=cls.company)
        cls.objects = {
            'account.move': other, 'account.move.line': cls._terms(other),
            'res.partner': cls.customer, 'res.company': cls.company, 'sale.order': order,
            'sale.order.line': order.order_line, 'stock.picking': order.picking_ids,
            'stock.move': order.picking_ids.move_ids, 'res.users': cls.clerk,
            'account.payment.term': cls.credit_term}

    @classmethod
    def _hand_over(cls, invoice):
        """Let there be a case that an agency may get."""
        cls.env['dunning.agency'].create({
            'name': "Agency", 'company_id': cls.company.id, 'partner_id': cls.other.id})
        cls.env['dunning.handover'].create({
            'partner_id': invoice.partner_id.id, 'company_id': cls.company.id,
            'currency_id': invoice.currency_id.id,
            'item_ids': [Command.set(cls._terms(invoice).ids)]}).action_propose()

    @classmethod
    def _get_models(cls):
        """Yield the names of our models, and of core's that we extend with methods or fields."""
        for name, model in cls.env.registry.items():
            if name.startswith('dunning.') or any(
                    _ADDON in field._modules for field in model._fields.values()) or any(
                    base.__module__.startswith(_CODE) for base in model.mro()):
                yield name

    @classmethod
    def _find_record(cls, name):
        """Return a record of a model in the company, an empty one where there is none."""
        model = cls.env[name].sudo()
        if model._abstract or model._transient:
            return cls.env[name]
        if name in cls.objects:
            return cls.objects[name].with_env(cls.env)
        domain = [('company_id', '=', cls.company.id)] if (
            name.startswith('dunning.') and 'company_id' in model._fields) else []
        found = model.search(domain, limit=1) or model.search([], limit=1)
        return found.with_env(cls.env)

    # Attempts -----------------------------------------------------------------------------------

    def _may(self, call):
        """Return whether a call is granted, whatever else it complains about; nothing stays."""
        try:
            with mute_logger('odoo.sql_db', 'odoo.models', 'odoo.http'), self.env.cr.savepoint():
                call()
                self.env.flush_all()
                raise _TakenBack
        except (AccessError, MissingError):
            return False
        except Exception:  # noqa: BLE001, a complaint of any kind is no refusal for want of rights
            return True
        finally:
            self.env.cr.precommit.clear()
            self.env.cr.postcommit.clear()
            self.env.invalidate_all()

    def _call(self, user, model, method, ids, *args):
        """Do what a remote call does."""
        env = self.env(user=user, su=False, context={
            'allowed_company_ids': user.company_id.ids, 'lang': 'en_US'})
        is_model = getattr(getattr(self.env.registry[model], method), '_api_model', False)
        return call_kw(env[model], method, list(args) if is_model else [ids, *args], {})

    # Methods ------------------------------------------------------------------------------------

    def _get_methods(self):
        """Return {(model, method)} that a remote call reaches, those we override aside."""
        found = set()
        for name in self.records:
            model = self.env[name]
            for base in type(model).mro():
                if not base.__module__.startswith(_CODE):
                    continue
                for method, function in vars(base).items():
                    if method.startswith('_') or not callable(function):
                        continue
                    if any(method in vars(other) for other in type(model).mro()
                           if not other.__module__.startswith(_CODE)
                           and other is not type(model)):
                        continue
                    if model._abstract and not getattr(function, '_api_model', False):
                        continue
                    try:
                        get_public_method(model, method)
                    except (AccessError, AttributeError):
                        continue
                    found.add((name, method))
        return found

    def test_every_method_is_in_the_table(self):
        self.assertEqual(self._get_methods(), {
            (model, method) for model, rows in METHODS.items()
            for methods in rows.values() for method in methods.split()})

    def test_methods(self):
        granted = {}
        for model, method in sorted(self._get_methods()):
            record = self.records[model]
            allowed = ''.join(letter for letter in ROLES if self._may(
                lambda letter=letter: self._call(
                    self.users[letter], model, method, record.ids)))  # noqa: B023
            granted.setdefault(model, {}).setdefault(allowed, []).append(method)
        self._compare(granted, METHODS)

    def test_methods_from_another_company(self):
        for model, method in sorted(self._get_methods()):
            record = self.records[model]
            if not record or method in HARMLESS or model in ('res.partner', 'res.users'):
                continue
            with self.subTest(model=model, method=method):
                self.assertFalse(self._may(
                    lambda: self._call(self.stranger, model, method, record.ids)))  # noqa: B023

    # Fields -------------------------------------------------------------------------------------

    def _get_fields(self, name):
        """Return the fields of ours that could be written."""
        model = self.env[name]
        return sorted(
            field.name for field in model._fields.values()
            if _ADDON in field._modules and (name.startswith('dunning.') or len(
                field._modules) == 1)
            and field.name not in ('id', 'display_name', 'create_uid', 'create_date', 'write_uid',
                                   'write_date')
            and (field.store or field.inverse or field.related and not field.readonly))

    def _get_value(self, record, name):
        """Return another value for a field."""
        field, value = record._fields[name], record.sudo()[name]
        if field.type in ('many2one', 'many2one_reference', 'reference'):
            if field.type != 'many2one':
                return False
            other = self.env[field.comodel_name].sudo().with_context(active_test=False).search(
                [('id', '!=', value.id)], limit=1)
            return other.id or False
        if field.type == 'selection':
            return next((code for code in field.get_values(self.env) if code != value), value)
        return {
            'boolean': not value, 'integer': 7, 'float': 7.0, 'monetary': 7.0, 'char': "Mallory",
            'text': "Mallory", 'html': "<p>Mallory</p>", 'date': Date.to_string(day(3)),
            'datetime': Datetime.to_string(Datetime.now()), 'one2many': [Command.clear()],
            'many2many': [Command.clear()], 'binary': False, 'json': {}, 'properties': [],
        }.get(field.type, False)

    def _get_writable_models(self):
        # Views of the database hold nothing that could be written.
        return [name for name, record in self.records.items()
                if record and self.env[name]._auto and self._get_fields(name)]

    def test_every_field_is_in_the_table(self):
        for name in self._get_writable_models():
            with self.subTest(model=name):
                self.assertEqual(set(self._get_fields(name)), {
                    field for fields in FIELDS.get(name, {}).values() for field in fields.split()})

    def test_fields(self):
        granted = {}
        for name in self._get_writable_models():
            record, rows = self.records[name], granted.setdefault(name, {})
            writers = [letter for letter in ROLES if self.env[name].with_user(
                self.users[letter]).has_access('write')]
            for field in self._get_fields(name):
                value = self._get_value(record, field)
                allowed = ''.join(letter for letter in writers if self._may(
                    lambda letter=letter: self._call(
                        self.users[letter], name, 'write', record.ids,  # noqa: B023
                        {field: value})))  # noqa: B023
                rows.setdefault(allowed, []).append(field)
        self._compare(granted, FIELDS)

    def test_records_of_another_company(self):
        for name, record in self.records.items():
            if not record or not name.startswith('dunning.') or (
                    'company_id' not in record._fields) or not record.sudo().company_id:
                continue
            field = next(iter(self._get_fields(name)), None)
            for method, *args in (('read', ['company_id']), ('unlink',), ('copy',), *(
                    [('write', {field: self._get_value(record, field)})] if field else ())):
                # Evidence refuses everybody with a sentence.
                with self.subTest(model=name, method=method), self.assertRaises(UserError):
                    self._call(self.stranger, name, method, record.ids, *args)

    def _compare(self, granted, table):
        expected = {
            (model, name): roles for model, rows in table.items()
            for roles, names in rows.items() for name in names.split()}
        found = {
            (model, name): roles for model, rows in granted.items()
            for roles, names in rows.items() for name in names}
        self.assertEqual({key: roles for key, roles in found.items() if expected.get(key) != roles},
                         {key: expected.get(key) for key, roles in found.items()
                          if expected.get(key) != roles})
