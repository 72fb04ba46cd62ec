from datetime import timedelta

from odoo import api, fields, models

from ..policy.labels import get_labels

#: A cron that should have begun so long ago does not work.
_LATE = timedelta(hours=3)
_CRONS = ('ir_cron_dunning_run', 'ir_cron_dunning_send', 'ir_cron_dunning_debtor')


class DunningRemote(models.AbstractModel):
    """Is all well? The state of the day for monitoring, and the set-up for administrators."""

    _inherit = 'dunning.remote'

    @api.model
    def get_status(self, company=False):
        """Return how dunning stands today.

        :param int | str company: number or name of a company; False for all of yours
        :return: list of dicts, one for each company: `company`, `is_active`, `last_run` (a run,
            see `get_run`, or False), `waiting` (numbers: to_approve, to_print, failed, unknown),
            `bank_date` (the newest bank entry), `bank_days` (its age), `alarms` (list of dicts of
            code and text; empty when all is well)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        """
        companies = [company] if company else self.env.user.company_ids.ids
        return [self._get_status_of(each) for each in companies]

    @api.model
    def _get_status_of(self, company):
        model, company = self._enter(company)
        today = company._get_dunning_today()
        runs = model.env['dunning.run']
        last = runs.search(
            [('company_id', '=', company.id), ('state', '!=', 'cancelled')], limit=1)
        bank_date = runs.sudo().with_company(company).new(
            {'company_id': company.id, 'date': today})._get_bank_date()
        counts = model._count_waiting(company)
        status = {
            'company_id': company.id, 'company': company.name,
            'is_active': company.sudo().dunning_active,
            'last_run': model._tell_run(last) if last else False, 'waiting': counts,
            'bank_date': bank_date.isoformat() if bank_date else False,
            'bank_days': (today - bank_date).days if bank_date else -1,
        }
        return {**status, 'alarms': [
            {'code': code, 'text': text}
            for code, text in model._find_alarms(company, counts, bank_date)]}

    @api.model
    def _count_waiting(self, company):
        rows = self.env['dunning.letter']._read_group(
            [('company_id', 'child_of', company.ids),
             ('state', 'in', ('draft', 'ready', 'sending', 'failed')),
             ('run_id.state', 'in', ('planned', 'sending'))],
            ['state', 'channel', 'is_fate_unknown'], ['__count'])
        on_paper = self.env['dunning.level']._find_channels('is_on_paper')
        return {
            'to_approve': sum(row[3] for row in rows if row[0] == 'draft'),
            'to_print': sum(row[3] for row in rows if row[0] == 'ready' and row[1] in on_paper),
            'failed': sum(row[3] for row in rows if row[0] == 'failed' and not row[2]),
            'unknown': sum(row[3] for row in rows if row[2]),
        }

    @api.model
    def _find_alarms(self, company, counts, bank_date):
        """Yield (code, sentence) of what somebody has to look at today."""
        if counts['failed']:
            yield 'failed', self.env._("%(count)s letters failed.", count=counts['failed'])
        if counts['unknown']:
            yield 'unknown', self.env._(
                "Of %(count)s letters it is unknown whether they were sent.",
                count=counts['unknown'])
        if not company.sudo().dunning_active:
            return
        for name in self._find_late_crons():
            yield 'cron', self.env._("The scheduled action “%(name)s” does not run.", name=name)
        today = company._get_dunning_today()
        policies = self.env['dunning.policy'].sudo()._get_for_company(company)
        stale = policies.filtered(lambda policy: policy.bank_guard_days and (
            not bank_date or (today - bank_date).days > policy.bank_guard_days))
        if stale:
            yield 'bank', self.env._(
                "The bank entries are too old to send letters by themselves: %(policies)s",
                policies=", ".join(stale.mapped('name')))

    @api.model
    def _find_late_crons(self):
        """Return the names of our scheduled actions that are switched off, or late."""
        late = fields.Datetime.now() - _LATE
        crons = [self.env.ref(f'smart_dunning.{name}', raise_if_not_found=False)
                 for name in _CRONS]
        return [
            cron.sudo().name for cron in crons
            if cron and (not cron.sudo().active or cron.sudo().nextcall < late)]

    # The set-up ---------------------------------------------------------------------------------

    @api.model
    def check(self, company=False):
        """Return what is wrong or missing in the set-up of dunning of a company.

        :param int | str company: number or name of a company; False for your own
        :return: list of dicts of `code`, `level` (ok, warning or error) and `text`; each thing
            that was looked at is there once
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        """
        model, company = self._enter(company)
        company = company.sudo()
        model = model.sudo()
        return [
            {'code': code, 'level': level, 'text': text}
            for code, level, text in (
                *model._check_sender(company), *model._check_work(company),
                *model._check_policies(company), *model._check_claims(company))]

    @api.model
    def _check_sender(self, company):
        """Yield (code, level, sentence) about who writes, and by which way."""
        servers = self.env['ir.mail_server'].search_count([])
        yield ('mail_server', 'ok', self.env._("There is an outgoing mail server.")) if servers \
            else ('mail_server', 'warning', self.env._(
                "No outgoing mail server is set up: letters go out by the server's own "
                "configuration, or not at all."))
        yield ('company_email', 'ok', self.env._("The company has an e-mail address.")) \
            if company.email else ('company_email', 'error', self.env._(
                "The company has no e-mail address: nobody can answer."))
        partner = company.partner_id
        missing = [
            partner._fields[name]._description_string(self.env)
            for name in ('street', 'city', 'country_id') if not partner[name]]
        yield ('company_address', 'ok', self.env._("The address of the company is complete.")) \
            if not missing else ('company_address', 'error', self.env._(
                "The address of the company lacks: %(fields)s", fields=", ".join(missing)))
        has_bank = any(parent.partner_id.bank_ids for parent in company.parent_ids)
        yield ('company_bank', 'ok', self.env._("The company has a bank account.")) if has_bank \
            else ('company_bank', 'error', self.env._(
                "The company has no bank account: letters cannot say where to pay."))

    @api.model
    def _check_work(self, company):
        """Yield (code, level, sentence) about what happens by itself, and who is asked."""
        yield ('active', 'ok', self.env._("Automatic dunning is on.")) \
            if company.dunning_active else ('active', 'warning', self.env._(
                "Automatic dunning is off: nothing is planned or sent by itself."))
        late = self._find_late_crons()
        yield ('cron', 'ok', self.env._("The scheduled actions run.")) if not late else (
            'cron', 'error', self.env._(
                "These scheduled actions are off or late: %(names)s", names=", ".join(late)))
        yield ('clerk', 'ok', self.env._(
            "%(user)s is asked what nobody else is named for.",
            user=company.dunning_user_id.name)) if company.dunning_user_id else (
            'clerk', 'warning', self.env._(
                "No dunning clerk is named: questions go to whoever started a run."))
        codes = {alarm['code']: alarm['text'] for alarm in self._get_status_of(
            company.id)['alarms']}
        yield ('bank_data', 'warning', codes['bank']) if 'bank' in codes else (
            'bank_data', 'ok', self.env._("No policy waits for bank entries."))

    @api.model
    def _check_policies(self, company):
        """Yield (code, level, sentence) about the policies of the company."""
        policies = self.env['dunning.policy']._get_for_company(company)
        empty = policies.filtered(lambda policy: not policy.level_ids)
        yield ('levels', 'ok', self.env._("Every policy has levels.")) if not empty else (
            'levels', 'error', self.env._(
                "These policies have no levels: %(names)s", names=", ".join(empty.mapped('name'))))
        broken = policies.filtered(lambda policy: policy._find_domain_error())
        yield ('customers', 'ok', self.env._("Every policy finds its customers.")) \
            if not broken else ('customers', 'error', self.env._(
                "The customers of these policies cannot be read: %(names)s",
                names=", ".join(broken.mapped('name'))))
        yield ('default_policy', 'ok', self.env._("There is a default policy.")) \
            if company._get_dunning_policy() else ('default_policy', 'warning', self.env._(
                "There is no default policy: customers whom no policy names get no letter."))

    @api.model
    def _check_claims(self, company):
        """Yield (code, level, sentence) about rates and rules of what is claimed."""
        today = company._get_dunning_today()
        rule = self.env['dunning.claim.rule']._get_for_company(company)._find_for(today)
        if not rule:
            yield 'claim_rule', 'warning', self.env._(
                "No rule says what may be claimed besides the invoices: neither interest nor a "
                "lump sum is.")
            return
        yield 'claim_rule', 'ok', self.env._("The rule “%(rule)s” is in force.", rule=rule.name)
        references = {rule.business_reference, rule.consumer_reference} - {
            False, 'none', 'fixed'}
        rates = self.env['dunning.rate'].search([
            ('reference', 'in', list(references)), ('date_from', '<=', today),
            '|', ('date_until', '=', False), ('date_until', '>=', today),
            ('company_id', 'in', [False, *company.parent_ids.ids])])
        missing = references - set(rates.mapped('reference'))
        names = get_labels(rates, 'reference')
        yield ('rates', 'ok', self.env._("The reference rates of today are there.")) \
            if not missing else ('rates', 'error', self.env._(
                "No reference rate of today is entered, so no interest is claimed: %(names)s",
                names=", ".join(sorted(names[code] for code in missing))))
