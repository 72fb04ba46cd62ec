from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

#: Looked at for holds; more than anybody reads, and never a whole history.
_MOST_DOCUMENTS = 5000


class DunningPolicy(models.Model):
    """A policy is tried before it changes: what it would send and hold on a day.

    The draft is a record in memory. Nothing is written, so nothing has to be taken back, and
    whoever decides at the same moment sees the rules that are in force.
    """

    _inherit = 'dunning.policy'

    def preview_change(self, values=None, date=None, company_id=None):
        """Return what a change of this policy would do, beside what the policy does now.

        :param values: as for `write`: fields of the policy, levels and hold rules as commands
        :param date: the day of the letters (date, or text in ISO form), today by default
        :param company_id: for whom; the current company by default
        :return: a dict. `now` and `draft` are dicts of `letters` (dicts of partner_id, partner,
            policy_id, level, position, channel, amount in company currency, items, oldest_due) and
            `held` (dicts of model, id, name, partner_id, partner, checkpoint, state, reason: open
            quotations and deliveries as of today). `levels` has a row for each level with the
            numbers and amounts of both; `date` is the day, `currency` that of the company
        :raise AccessError: for others than administrators of dunning in the company
        :raise UserError: when the change is none
        """
        company = self._get_preview_company(company_id)
        day = fields.Date.to_date(date) or company._get_dunning_today()
        draft = self._make_draft(values)
        now, then = self._decide_both(company, day, draft)
        documents = self._get_open_documents(company)
        return {
            'date': day, 'currency': company.currency_id.name,
            'now': {'letters': now, 'held': self._find_held_documents(documents)},
            'draft': {'letters': then, 'held': self._find_held_documents(documents, {
                branch: draft._get_draft_config(branch, self)
                for branch in company._get_dunning_branches()})},
            'levels': self._compare_levels(now, then),
        }

    def _get_preview_company(self, company_id):
        """Return the company for which this policy is tried, if the user may do that."""
        self.check_access('read')
        company = self.env['res.company'].browse(company_id or self.env.company.id)
        if not self.env.user.has_group('smart_dunning.group_dunning_manager') \
                or company not in self.env.user.company_ids:
            raise AccessError(self.env._(
                "Only dunning administrators of the company try out its policies."))
        self.ensure_one()
        if self.company_id and self.company_id not in company.sudo().parent_ids:
            raise UserError(self.env._(
                "Policy %(policy)s belongs to another company.", policy=self.name))
        return company.sudo()

    # Draft --------------------------------------------------------------------------------------

    def _make_draft(self, values):
        """Return this policy with other values, in memory alone.

        :raise UserError: for fields that are none, or that say nothing about letters and holds
        """
        self.ensure_one()
        unknown = [name for name in values or {} if name not in self._fields]
        if unknown:
            raise UserError(self.env._(
                "A policy has no field %(fields)s.", fields=", ".join(unknown)))
        policy, values = self.sudo(), dict(values or {})
        lines = [name for name, field in self._fields.items()
                 if field.type == 'one2many' and field.store and field.copy]
        draft = policy.new({
            **policy.copy_data({'name': policy.name, **dict.fromkeys(lines, [])})[0],
            'active': policy.active,
            **{name: value for name, value in values.items() if name not in lines},
            **{name: policy._apply_commands(name, values.get(name, ())) for name in lines}})
        error = draft._find_draft_error()
        if error:
            raise UserError(self.env._("The draft cannot be tried: %(error)s", error=error))
        self._check_may_name(values.get('partner_domain'))
        return draft

    def _apply_commands(self, name, commands):
        """Return the lines of a draft, all of them new: what is stored, after some commands.

        In memory two drafts of one record would be the same record.
        """
        model = self.env[self._fields[name].comodel_name]
        lines = {line.id: line.copy_data()[0] for line in self[name]}
        known = model.default_get([
            each for each, column in model._fields.items() if column.store and not column.related])
        for number, (code, line_id, values) in enumerate(commands):
            if code == Command.CREATE:
                lines[f'new {number}'] = {**known, **values}
            elif code == Command.UPDATE and line_id in lines:
                lines[line_id].update(values)
            elif code in (Command.DELETE, Command.UNLINK):
                lines.pop(line_id, None)
            elif code in (Command.CLEAR, Command.SET):
                kept = values if code == Command.SET else ()
                lines = {key: line for key, line in lines.items() if key in kept}
        inverse = self._fields[name].inverse_name
        return [Command.create({key: value for key, value in line.items() if key != inverse})
                for line in lines.values()]

    def _find_draft_error(self):
        """Return why nothing can be decided by a draft, None when it can be."""
        positions = self.level_ids.filtered('active').mapped('position')
        if len(positions) != len(set(positions)):
            return self.env._("Each level of a policy has its own position.")
        triggers = self.env['dunning.hold.check']._get_triggers()
        if any(rule.trigger not in triggers for rule in self.hold_rule_ids):
            return self.env._("A hold rule has no trigger.")
        return self._find_domain_error()

    def _get_draft_order(self, company, policy):
        """Return {policy id: policy} of a company in the order in which they match.

        :param policy: the stored policy, in whose place this draft stands
        """
        found = {each.id: each for each in policy._get_for_company(company)}
        found.pop(policy.id, None)
        if self.active:
            found[policy.id] = self.with_company(company)
        return dict(sorted(found.items(), key=lambda entry: (entry[1].sequence, entry[0])))

    # Letters ------------------------------------------------------------------------------------

    def _decide_both(self, company, day, draft):
        """Return the letters of a day under this policy, and under its draft, as dicts.

        Of customers who get a letter of this policy under one of both.
        """
        run = self.env['dunning.run'].sudo().with_company(company).new({
            'company_id': company.id, 'date': day, 'is_automatic': True,
            'due_after': company.dunning_due_after})
        rows, customers, broken = run._collect_facts(None, day)
        plans = [
            run._decide_on(rows, customers, broken, day, run._get_ladder_policies()),
            run._decide_on(
                rows, customers, broken, day,
                {**run._get_ladder_policies(), self.id: draft._get_draft_ladder(self)},
                self._assign_items(company, [
                    (row.id, row.partner, row.move_policy, row.partner_policy) for row in rows],
                    draft._get_draft_order(company, self)))]
        concerned = {
            letter.partner for plan in plans for letter in plan.letters
            if letter.policy == self.id}
        levels = {level.id: level for level in draft.level_ids} | {
            level.id: level for level in self.env['dunning.level'].sudo().browse({
                letter.level.id for letter in plans[0].letters})}
        names = self._get_partner_names(concerned)
        return [[
            self._prepare_letter(letter, levels, names, company.currency_id)
            for letter in plan.letters if letter.partner in concerned] for plan in plans]

    def _get_draft_ladder(self, policy):
        """Return the `ladder.Policy` of this draft under the number of the stored policy."""
        return replace(self._get_ladder()[self.id], id=policy.id)

    @api.model
    def _get_partner_names(self, partner_ids):
        partners = self.env['res.partner'].sudo().with_context(active_test=False).browse(
            sorted(partner_ids))
        return {partner.id: partner.display_name for partner in partners}

    @api.model
    def _prepare_letter(self, letter, levels, names, currency):
        level = levels.get(letter.level.id, self.env['dunning.level'])
        return {
            'partner_id': letter.partner, 'partner': names[letter.partner],
            'policy_id': letter.policy, 'level': level.name or str(letter.level.position),
            'position': letter.level.position, 'channel': level.channel,
            'amount': currency.round(letter.worth - letter.credit_worth),
            'items': len(letter.steps), 'oldest_due': letter.oldest_due}

    @api.model
    def _compare_levels(self, now, then):
        """Return a row for each level: letters and amounts of both, in the order of the ladder."""
        rows = defaultdict(lambda: dict.fromkeys(
            ('now', 'now_amount', 'draft', 'draft_amount'), 0))
        for side, letters in (('now', now), ('draft', then)):
            for letter in letters:
                row = rows[letter['position'], letter['level']]
                row[side] += 1
                row[f'{side}_amount'] += letter['amount']
        return [{'position': position, 'level': name, **row}
                for (position, name), row in sorted(rows.items())]

    # Holds --------------------------------------------------------------------------------------

    def _get_draft_config(self, company, policy):
        """Return the `HoldConfig` of a company with this draft in place of the stored policy."""
        config = self.env['dunning.hold.check']._get_config(company.id)
        order = self._get_draft_order(company, policy)
        terms = {key: value for key, value in config.terms.items() if key != policy.id}
        longest = {key: value for key, value in config.longest_terms.items() if key != policy.id}
        if self.active:
            terms[policy.id] = self._get_hold_terms()
            if self.hold_max_term_id:
                longest[policy.id] = self.hold_max_term_id.id
        return replace(
            config, terms=terms, longest_terms=longest,
            default_policy=company._get_dunning_policy(order).id or None,
            domains={
                key: domain for key, each in order.items()
                if not (domain := each._get_usable_domain()).is_false()})

    @api.model
    def _get_open_documents(self, company):
        """Return the quotations and deliveries of a company that a hold could stop."""
        branches = company._get_dunning_branches().ids
        orders = self.env['sale.order'].sudo().search([
            ('company_id', 'in', branches), ('state', 'in', ('draft', 'sent'))],
            limit=_MOST_DOCUMENTS)
        pickings = self.env['stock.picking'].sudo().search([
            ('company_id', 'in', branches), ('state', 'in', ('waiting', 'confirmed', 'assigned')),
            ('picking_type_code', 'in', ('outgoing', 'dropship'))], limit=_MOST_DOCUMENTS)
        return [*orders, *pickings]

    @api.model
    def _find_held_documents(self, documents, configs=None):
        """Return dicts of those documents that are warned or held.

        :param configs: {company: `HoldConfig`} to judge by; None: the rules in force
        """
        check = self.env['dunning.hold.check'].sudo()
        by_checkpoint = defaultdict(list)
        for document in documents:
            point = document._get_hold_checkpoint()
            candidate = point and document._get_hold_candidate()
            if candidate and candidate.partner:
                by_checkpoint[point].append(candidate)
        held = []
        with check._judging_by(configs or {}):
            for point, candidates in by_checkpoint.items():
                verdicts = check._judge_each(candidates, point)
                held += [
                    self._prepare_held(candidate, point, verdict)
                    for candidate, verdict in zip(candidates, verdicts, strict=True)
                    if verdict.state in ('warn', 'block')]
        return held

    @api.model
    def _prepare_held(self, candidate, checkpoint, verdict):
        record = candidate.record
        return {
            'model': record._name, 'id': record.id, 'name': record.display_name,
            'partner_id': candidate.partner.id, 'partner': candidate.partner.display_name,
            'checkpoint': checkpoint, 'state': verdict.state,
            'reason': self.env['dunning.hold.check'].sudo()._get_reasons_text(
                verdict, candidate.company)}


class DunningHoldCheck(models.AbstractModel):
    _inherit = 'dunning.hold.check'

    @api.model
    @contextmanager
    def _judging_by(self, configs):
        """Judge by other rules for as long as the block lasts, in this transaction alone.

        No context key: whoever calls from outside could set it.

        :param configs: {company: `HoldConfig`}
        """
        cache = self.env.cr.cache
        cache[_RULES] = {company.id: config for company, config in configs.items()}
        try:
            yield
        finally:
            cache.pop(_RULES, None)

    @api.model
    def _get_config(self, company_id):
        return self.env.cr.cache.get(_RULES, {}).get(company_id) or super()._get_config(company_id)


_RULES = 'smart_dunning.rules_on_trial'
