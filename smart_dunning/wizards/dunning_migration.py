from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..logic import migration
from .dunning_migration_source import SOURCES, get_text

#: Where the external ids of imported records live: their place in any database.
_MODULE = '__import__'
#: How long whom the other addon never dunned is left in peace, until somebody decides.
_PEACE_DAYS = 365


#: Limits that account_financial_risk keeps in another currency than that of a company.
_LIMITS = SQL("""
    SELECT id, credit_currency AS kind, manual_credit_currency_id AS currency
      FROM res_partner
     WHERE credit_currency IN ('manual', 'receivable', 'pricelist') AND credit_limit IS NOT NULL
     ORDER BY id
""")
#: Limits of account_financial_risk for a part of the exposure: we know none such.
_PARTS = ('risk_invoice_draft_limit', 'risk_invoice_open_limit', 'risk_invoice_unpaid_limit',
          'risk_account_amount_limit', 'risk_account_amount_unpaid_limit',
          'risk_sale_order_limit')


class _Old(NamedTuple):
    """A level reached: its place, its name and its policy's, and ours for it, if there is one."""

    place: int
    name: str
    policy: str
    level: object


class DunningMigration(models.TransientModel):
    """Take over what another dunning addon knows: first a look, then all of it or nothing.

    What was taken over once is found again by its external id and stays as it was edited since.
    """

    _name = 'dunning.migration'
    _description = "Take Over From Another Addon"

    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self.env.company)
    source = fields.Selection([
        ('oca', "OCA account_credit_control and account_financial_risk"),
        ('enterprise', "Odoo Enterprise account_followup (not tried)"),
    ], "Take Over From", required=True, default=lambda self: self._get_default_source())
    levels_of = fields.Selection([
        ('current', "the policies in use"), ('imported', "the policies taken over"),
    ], "Levels Reached, in Terms Of", required=True, default='current',
        help="Choose the policies taken over if you are going to use them: then their levels count "
        "on where they stopped. You may run this again later.")
    line_ids = fields.One2many('dunning.migration.line', 'migration_id', readonly=True)

    @api.model
    def _get_default_source(self):
        found = [code for code, source in SOURCES.items() if source(self.env).is_there()]
        return found[0] if found else 'oca'

    @api.onchange('source', 'company_id', 'levels_of')
    def _onchange_source(self):
        self.line_ids = False

    def action_check(self):
        """Show what would be taken over; nothing is stored."""
        self._show(is_done=False)
        return self._reopen()

    def action_import(self):
        """Take over policies, the levels reached, exceptions and limits."""
        self._show(is_done=True)
        return self._reopen()

    def _reopen(self):
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id,
            'view_mode': 'form', 'target': 'new', 'name': self.env._("Take Over")}

    def _show(self, is_done):
        """Read the other addon and, if wanted, store what is new; tell about it line by line."""
        self.check_access('write')
        self.ensure_one()
        self.company_id.check_access('read')
        self.env.flush_all()
        source = SOURCES[self.source](self.env)
        if not source.is_there():
            raise UserError(self.env._(
                "Nothing of that addon is in this database. It has to be installed still: taking "
                "over comes before uninstalling it."))
        wizard = self.sudo().with_company(self.company_id)
        policies, levels = wizard._take_policies(source, is_done)
        rows = [
            *policies, *wizard._take_levels_reached(source, levels, is_done),
            *wizard._take_exempt(source, is_done), *wizard._take_limits(source, is_done)]
        self.line_ids.unlink()
        self.env['dunning.migration.line'].create([
            {'migration_id': self.id, 'what': what, 'count': count, 'note': note,
             'is_done': is_done} for what, count, note in rows])

    # Policies -----------------------------------------------------------------------------------

    def _take_policies(self, source, is_done):
        """Return the (what, count, note) of each policy, and {key of a level: `_Old`}."""
        found = source.read_levels(self.company_id)
        places = migration.number((one.key, one.policy, one.order) for one in found)
        levels, rows = {}, []
        for policy in source.read_policies(self.company_id):
            mine = [level for level in found if level.policy == policy.key]
            if policy.does_nothing or not mine:
                continue
            known = self._find(source, 'policy', policy.key, 'dunning.policy')
            rows.append(('policy', len(mine), self.env._(
                "%(policy)s: there already, and left as it is", policy=policy.name) if known
                else self.env._("%(policy)s: a draft to look at, archived", policy=policy.name)))
            if is_done and not known:
                self._make_policy(source, policy, mine, places)
            levels |= {level.key: _Old(
                places[level.key], get_text(level.names), policy.name,
                self._find(source, 'level', level.key, 'dunning.level')) for level in mine}
        return rows, levels

    def _make_policy(self, source, policy, levels, places):
        """Make an archived policy with these levels."""
        record = self.env['dunning.policy'].create({
            'name': self.env._("%(policy)s (taken over)", policy=policy.name), 'active': False,
            'company_id': self.company_id.id, 'auto_send': policy.sends})
        self._remember(source, 'policy', policy.key, record)
        for level in sorted(levels, key=lambda one: places[one.key]):
            made = self.env['dunning.level'].create({
                'policy_id': record.id, 'position': places[level.key],
                'name': get_text(level.names),
                'delay': level.delay if level.counted == 'due_date' else max(0, level.delay),
                'delay_from': level.counted, 'channel': level.channel,
                **{name: get_text(texts) for name, texts in level.texts.items() if texts}})
            self._translate(made, {'name': level.names, **level.texts})
            self._remember(source, 'level', level.key, made)

    def _translate(self, level, texts):
        """Write texts of a level in the languages of this database."""
        languages = dict(self.env['res.lang'].get_installed())
        for name, by_language in texts.items():
            for lang, text in by_language.items():
                if lang in languages and lang != 'en_US':
                    level.with_context(lang=lang)[name] = text

    def _find(self, source, kind, key, model):
        """Return the record that was made of one of the other addon's, empty if there is none."""
        name = f'{_MODULE}.dunning_{source.code}_{kind}_{key}'
        return self.env.ref(name, raise_if_not_found=False) or self.env[model]

    def _remember(self, source, kind, key, record):
        self.env['ir.model.data'].create({
            'module': _MODULE, 'name': f'dunning_{source.code}_{kind}_{key}', 'noupdate': True,
            'model': record._name, 'res_id': record.id})

    # Levels reached -----------------------------------------------------------------------------

    def _take_levels_reached(self, source, levels, is_done):
        """Set the level and the day of the last letter of open items that we never dunned."""
        companies = self.env['res.company'].search([('id', 'child_of', self.company_id.id)])
        reached = migration.find_reached(
            migration.Reached(item, level, levels[level].place, day)
            for item, level, day in source.read_letters(companies) if level in levels)
        items = self.env['account.move.line'].browse(reached).exists()
        ours = self.env['dunning.letter.line'].search(
            [('move_line_id', 'in', items.ids), ('state', '=', 'sent')]).move_line_id
        rows = []
        for target, group in self._find_targets(items - ours, reached, levels).items():
            waiting = group.filtered(lambda item, level=target.level: not level or (
                item.dunning_level_id, item.dunning_date) != (level, reached[item.id].day))
            if waiting:
                rows.append(('level', len(waiting), self.env._(
                    "open items have reached %(level)s of %(policy)s", level=target.name,
                    policy=target.policy)))
            if is_done and target.level:
                for day, of_day in waiting.grouped(lambda item: reached[item.id].day).items():
                    of_day.write({'dunning_level_id': target.level.id, 'dunning_date': day})
        if ours:
            rows.append(('left', len(ours), self.env._(
                "open items have had our letters since, and stay as they are")))
        return rows

    def _find_targets(self, items, reached, levels):
        """Return {`_Old` with our level: items} for what the other addon has sent."""
        targets = defaultdict(items.browse)
        if self.levels_of == 'imported':
            for item in items:
                targets[levels[reached[item.id].level]] += item
            return targets
        policies = items._get_claim_policies(self.company_id)
        steps = {policy: [
            migration.Step(level, level.position, level.is_prenotice)
            for level in policy.level_ids] for policy in set(policies.values())}
        for item in items:
            policy = policies[item.id]
            step = migration.pick_step(steps[policy], reached[item.id].place)
            if step:
                targets[_Old(step.position, step.key.name, policy.name, step.key)] += item
        return targets

    # Exceptions and limits ----------------------------------------------------------------------

    def _take_exempt(self, source, is_done):
        """Pause the customers whom the other addon never dunned; mark invoices as not dunned."""
        partner_ids, move_ids = source.read_exempt(self.company_id)
        today = self.company_id._get_dunning_today()
        partners = self.env['res.partner'].browse(partner_ids).commercial_partner_id
        partners -= self.env['dunning.pause'].search([
            ('partner_id', 'in', partners.ids), ('company_id', '=', self.company_id.id),
            ('move_id', '=', False), ('item_ids', '=', False),
            ('date_until', '>=', today)]).partner_id
        moves = self.env['account.move'].browse(move_ids).filtered(
            lambda move: not move.no_followup)
        if is_done:
            self.env['dunning.pause'].create([{
                'partner_id': partner.id, 'company_id': self.company_id.id,
                'reason': self.env._("Not dunned by the addon used before"),
                'date_until': fields.Date.add(today, days=_PEACE_DAYS),
            } for partner in partners])
            moves.no_followup = True
        return [(kind, len(records), note) for kind, records, note in (
            ('pause', partners, self.env._(
                "customers were never dunned: paused for a year, please decide")),
            ('pause', moves, self.env._("invoices were never dunned: marked as such")),
        ) if records]

    def _take_limits(self, source, is_done):
        """Bring limits in other currencies into that of their company.

        The limit itself is core's field, which account_financial_risk uses as well.
        """
        if source.code != 'oca' or not source.has('res_partner', 'credit_currency'):
            return []
        foreign = self._find_foreign_limits()
        if is_done:
            for partner, currency in foreign:
                self._convert_limits(partner, currency)
        limits = self.env['res.partner'].search_count([('credit_limit', '>', 0)])
        rows = [('limit', limits, self.env._(
            "customers have a credit limit, which holds here as it is"))] if limits else []
        if foreign:
            rows.append(('limit', len(foreign), self.env._(
                "limits in another currency: converted to the currency of the company")))
        if limits and not self.company_id.account_use_credit_limit:
            rows.append(('limit', 1, self.env._("company uses no credit limits: turned on")))
            if is_done:
                self.company_id.account_use_credit_limit = True
        return rows + self._find_partial_limits(source)

    def _find_foreign_limits(self):
        """Return (customer, currency) of limits that may be in another one than the company's."""
        self.env['res.partner'].flush_model()
        found = []
        for row in self.env.execute_query_dict(_LIMITS):
            partner = self.env['res.partner'].browse(row['id'])
            currency = self.env['res.currency'].browse(row['currency'] or ())
            if row['kind'] == 'receivable':
                currency = partner.property_account_receivable_id.currency_id
            elif row['kind'] == 'pricelist':
                currency = partner.property_product_pricelist.currency_id
            if currency and currency != self.company_id.currency_id and partner.credit_limit > 0:
                found.append((partner, currency))
        return found

    def _convert_limits(self, partner, currency):
        """Convert the limits of a customer in all companies, and say so to the other addon.

        It shares the field with us, and would read the new figure in the old currency.
        """
        today = self.company_id._get_dunning_today()
        for company in self.env['res.company'].search([]):
            local = partner.with_company(company)
            if local.credit_limit > 0 and currency != company.currency_id:
                local.write({
                    'credit_limit': currency._convert(
                        local.credit_limit, company.currency_id, company, today),
                    'dunning_limit_reason': self.env._(
                        "Converted from %(currency)s", currency=currency.name)})
        self.env.cr.execute(SQL(
            "UPDATE res_partner SET credit_currency = 'company' WHERE id = %s", partner.id))
        partner.invalidate_recordset()

    def _find_partial_limits(self, source):
        """Return a line about customers whose limits for parts of the exposure are not kept."""
        columns = [name for name in _PARTS if source.has('res_partner', name)]
        if not columns:
            return []
        [[count]] = self.env.execute_query(SQL(
            "SELECT count(*) FROM res_partner WHERE %s", SQL(" OR ").join(
                SQL("%s > 0", SQL.identifier(name)) for name in columns)))
        return [('left', count, self.env._(
            "customers have limits for parts of what they owe, which we do not know"))] \
            if count else []


class DunningMigrationLine(models.TransientModel):
    """One thing that is taken over, or not."""

    _name = 'dunning.migration.line'
    _description = "Thing Taken Over"

    migration_id = fields.Many2one('dunning.migration', required=True, ondelete='cascade')
    what = fields.Selection([
        ('policy', "Policy"), ('level', "Level reached"), ('pause', "Exception"),
        ('limit', "Credit limit"), ('left', "Not taken over"),
    ], required=True, readonly=True)
    count = fields.Integer("Number", readonly=True)
    note = fields.Char(readonly=True)
    is_done = fields.Boolean("Done", readonly=True)
