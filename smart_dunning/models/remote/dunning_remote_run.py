import base64

from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.fields import Domain

from ..policy.labels import get_label, get_labels

#: So many PDFs travel in one answer.
_MOST_PDFS = 50


class DunningRemote(models.AbstractModel):
    """Runs and letters: plan, look, approve, send, fetch."""

    _inherit = 'dunning.remote'

    # Plan ---------------------------------------------------------------------------------------

    @api.model
    def preview(self, company=False, date=False):
        """Return what a run of a day would send, and who would be left out; nothing is written.

        :param int | str company: number or name of a company; False for your own
        :param str date: the day, as text such as 2026-12-31; False for today
        :return: dict of `company`, `date`, `currency`, `letters` (list of dicts of customer,
            level, channel, amount in company currency, items) and `left_out` (list of dicts of
            customer, reason, amount in company currency, until)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        :raise UserError: when the day is none
        """
        model, company = self._enter(company)
        date = model._parse_day(date) or company._get_dunning_today()
        run = model.env['dunning.run'].sudo().with_company(company).new({
            'company_id': company.id, 'date': date, 'due_after': company.dunning_due_after})
        return {
            'company': company.name, 'date': date.isoformat(),
            'currency': company.currency_id.name,
            **model._tell_plan(run._decide_plan(), company.currency_id.round)}

    @api.model
    def _tell_plan(self, plan, money):
        """Return the letters of a `ladder.Plan`, and who is left out.

        :param money: function that rounds amounts in company currency
        """
        names = {
            partner.id: partner.display_name for partner in self.env['res.partner'].sudo().browse({
                letter.partner for letter in (
                    *plan.letters, *(omission.letter for omission in plan.omissions))})}
        levels = {level.id: level for level in self.env['dunning.level'].sudo().browse(
            {letter.level.id for letter in plan.letters})}
        reasons = get_labels(self.env['dunning.omission'], 'reason')
        return {
            'letters': [{
                'customer_id': letter.partner, 'customer': names[letter.partner],
                'level': levels[letter.level.id].name,
                'level_position': levels[letter.level.id].position,
                'channel': levels[letter.level.id].channel,
                'amount': money(letter.worth - letter.credit_worth), 'items': len(letter.steps),
            } for letter in plan.letters],
            'left_out': [{
                'customer_id': omission.letter.partner, 'customer': names[omission.letter.partner],
                'reason': reasons[omission.reason], 'reason_code': omission.reason,
                'amount': money(omission.letter.worth),
                'until': omission.until.isoformat() if omission.until else False,
            } for omission in plan.omissions],
        }

    @api.model
    def plan(self, company=False, date=False, call_key=False):
        """Plan a run of a day and return it; nothing is sent before `send`.

        :param int | str company: number or name of a company; False for your own
        :param str date: the day, as text such as 2026-12-31; False for today
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: a run, see `get_run`
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        :raise UserError: when the day is none, or another run is being planned
        """
        model, company = self._enter(company)
        date = model._parse_day(date)

        def work():
            run = model.env['dunning.run'].create({
                'company_id': company.id, 'date': date or company._get_dunning_today()})
            run._plan_at_once()             # whoever calls waits for the answer
            return model._tell_run(run)
        return model._once(call_key, 'plan', [company.id, date], work)

    @api.model
    def get_run(self, run_id, company=False):
        """Return a run.

        :param int run_id: number of the run
        :param int | str company: number or name of a company; False for your own
        :return: dict of id, name, company, date, state, is_automatic, numbers of letters
            (`letters`, `open`, `to_approve`, `to_print`, `failed`, `sent`), `left_out`, `amount`
            in company currency, `currency`, `note`
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or run
        """
        model, company = self._enter(company)
        return model._tell_run(model._browse('dunning.run', run_id, company))

    @api.model
    def approve(self, run_id=False, letter_ids=(), company=False, call_key=False):
        """Approve letters that wait for it: those named, or all of a run.

        :param int run_id: number of the run
        :param list letter_ids: numbers of letters; none for all of the run
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: dict of `approved` (numbers) and `left` (list of dicts of id and why)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company, run or letter
        :raise UserError: when neither is named
        """
        model, company = self._enter(company)
        letters = model._choose_letters(run_id, letter_ids, company)

        def work():
            waiting = letters.filtered(lambda letter: letter.state == 'draft')
            waiting.action_approve()
            return {
                'approved': waiting.ids,
                'left': [{
                    'id': letter.id, 'name': letter.name, 'why': get_label(letter, 'state'),
                } for letter in letters - waiting] if letter_ids else [],
            }
        return model._once(call_key, 'approve', [run_id, list(letter_ids)], work)

    @api.model
    def send(self, run_id, company=False, call_key=False):
        """Let the letters of a run go out; those that wait for approval stay.

        The server sends them one by one afterwards: ask `get_run` how far it is.

        :param int run_id: number of the run
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: a run, see `get_run`
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or run
        :raise UserError: when the run is not planned, or over
        """
        return self._act_on_run('send', run_id, company, call_key)

    @api.model
    def cancel(self, run_id, company=False, call_key=False):
        """Cancel what a run has not sent yet.

        :param int run_id: number of the run
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: a run, see `get_run`
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or run
        :raise UserError: when all of it is sent
        """
        return self._act_on_run('cancel', run_id, company, call_key)

    @api.model
    def _act_on_run(self, verb, run_id, company, call_key):
        """Do what a button of a run does; return the run."""
        model, company = self._enter(company)
        run = model._browse('dunning.run', run_id, company)

        def work():
            getattr(run, f'action_{verb}')()
            return model._tell_run(run)
        return model._once(call_key, verb, [run_id], work)

    @api.model
    def _choose_letters(self, run_id, letter_ids, company):
        """Return the letters named, or those of the run.

        :raise MissingError: when one of them is not there
        """
        if not letter_ids:
            if not run_id:
                raise UserError(self.env._("Please name a run, or letters."))
            run = self._browse('dunning.run', run_id, company)
            return run.letter_ids
        letters = self.env['dunning.letter'].search([
            ('id', 'in', list(letter_ids)), ('company_id', 'child_of', company.ids)])
        missing = set(letter_ids) - set(letters.ids)
        if missing:
            raise MissingError(self.env._(
                "%(company)s has no letters with these numbers: %(numbers)s",
                company=company.name, numbers=", ".join(map(str, sorted(missing)))))
        return letters

    @api.model
    def _tell_run(self, run):
        run.invalidate_recordset()
        return {
            'id': run.id, 'name': run.name, 'company': run.company_id.name,
            'date': run.date.isoformat(), 'state': run.state,
            'is_automatic': run.is_automatic, 'letters': run.letter_count,
            'open': run.open_count, 'to_approve': run.approval_count, 'to_print': run.print_count,
            'failed': run.failed_count, 'sent': run.sent_count, 'left_out': run.omission_count,
            'amount': run.amount_total, 'currency': run.currency_id.name, 'note': run.note or "",
        }

    # Letters ------------------------------------------------------------------------------------

    @api.model
    def get_letters(self, company=False, run_id=False, state=False, customer=False,
                    date_from=False, date_to=False, limit=0, offset=0):
        """Return letters, the newest first.

        :param int | str company: number or name of a company; False for your own
        :param int run_id: number of a run; False for all
        :param str state: draft, ready, sending, sent, failed or cancelled; False for all
        :param int | str customer: number, VAT number, reference, e-mail address or name; False: all
        :param str date_from: first date of the letters, as text such as 2026-12-31
        :param str date_to: last date of the letters
        :param int limit: at most so many; 0 for as many as one answer carries (1,000)
        :param int offset: leave out so many
        :return: dict of `total` (number of all) and `letters` (list of dicts); amounts in
            `currency` of each
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company, run or customer
        :raise UserError: when a filter is none of its values
        """
        model, company = self._enter(company)
        domain = Domain('company_id', 'child_of', company.ids)
        if run_id:
            domain &= Domain('run_id', '=', model._browse('dunning.run', run_id, company).id)
        if state:
            domain &= Domain('state', '=', model._check_state(state))
        if customer:
            domain &= Domain('partner_id', '=', model._find_customer(customer, company).id)
        if first := model._parse_day(date_from):
            domain &= Domain('date', '>=', first)
        if last := model._parse_day(date_to):
            domain &= Domain('date', '<=', last)
        limit, offset = model._get_page(limit, offset)
        letters = model.env['dunning.letter']
        return {
            'total': letters.search_count(domain),
            'letters': [model._tell_letter(letter) for letter in letters.search(
                domain, limit=limit, offset=offset)],
        }

    @api.model
    def _check_state(self, state):
        states = get_labels(self.env['dunning.letter'], 'state')
        if state not in states:
            raise UserError(self.env._(
                "“%(state)s” is no state of a letter. There are: %(states)s",
                state=state, states=", ".join(states)))
        return state

    @api.model
    def _tell_letter(self, letter):
        def day(value):
            return fields.Date.to_date(value).isoformat() if value else False
        return {
            'id': letter.id, 'name': letter.name, 'run_id': letter.run_id.id,
            'run': letter.run_id.name, 'company': letter.company_id.name,
            'customer_id': letter.partner_id.id, 'customer': letter.partner_id.display_name,
            'level': letter.level_id.name, 'level_position': letter.level_id.position,
            'channel': letter.channel, 'email': letter.email or "", 'state': letter.state,
            'date': day(letter.date), 'deadline': day(letter.deadline),
            'sent_date': day(letter.sent_date), 'amount_due': letter.amount_due,
            'amount_credit': letter.amount_credit, 'amount_interest': letter.amount_interest,
            'amount_fee': letter.amount_fee + letter.amount_lump_sum + letter.amount_charges,
            'amount_total': letter.amount_total, 'currency': letter.currency_id.name,
            'note': letter.note or "", 'is_fate_unknown': letter.is_fate_unknown,
            'is_bounced': letter.is_bounced, 'has_pdf': bool(letter.document_id),
        }

    @api.model
    def get_letter_pdfs(self, letter_ids, company=False):
        """Return the PDFs of letters as they were sent, at most 50 at a time.

        :param list letter_ids: numbers of letters
        :param int | str company: number or name of a company; False for your own
        :return: list of dicts of `id`, `name` (of a file), `pdf` (base64; empty where none is
            kept, and `why` says so)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or letter
        :raise UserError: when these are more than 50
        """
        model, company = self._enter(company)
        if len(letter_ids) > _MOST_PDFS:
            raise UserError(model.env._(
                "Please ask for at most %(most)s letters at a time.", most=_MOST_PDFS))
        return [{
            'id': letter.id,
            'name': f"{letter.name.replace('/', '-')}.pdf",
            'pdf': base64.b64encode(letter.sudo().document_id.raw or b'').decode(),
            'why': "" if letter.document_id else model.env._(
                "Letter %(letter)s is %(state)s: no PDF is kept.", letter=letter.name,
                state=get_label(letter, 'state')),
        } for letter in model._choose_letters(False, letter_ids, company)] if letter_ids else []
