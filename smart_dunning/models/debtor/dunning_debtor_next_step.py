import logging
from itertools import groupby

from babel.dates import format_skeleton

from odoo import api, fields, models
from odoo.tools import babel_locale_parse, format_date, get_lang

from ...logic import ladder
from ..policy.labels import get_labels

_logger = logging.getLogger(__name__)

#: Why the next step does not happen by itself. The first two: its letter is there already.
WAITS = [
    ('to_approve', "A letter waits for approval"),
    ('to_review', "A letter waits for review"),
    ('approval', "Needs approval"),
    ('review', "Needs review"),
    ('bank', "Waits for bank entries"),
]


class DunningDebtor(models.Model):
    """What happens next to a debtor: on which day a run works on it, and what it waits for."""

    _inherit = 'dunning.debtor'

    next_level_id = fields.Many2one('dunning.level', "Next Step", readonly=True)
    next_action_date = fields.Date("Next Step On", readonly=True, index=True)
    next_amount = fields.Monetary("Amount of the Next Step", readonly=True)
    next_wait = fields.Selection(WAITS, "Next Step Waits For", readonly=True)
    next_step = fields.Char("What Comes Next", compute='_compute_next_step', compute_sudo=True)
    left_out_amount = fields.Monetary(
        "Left Out", readonly=True,
        help="Overdue, but not asked for: its items say why. See the list of open items.")
    left_out_codes = fields.Char(readonly=True)
    left_out_text = fields.Char("Left Out Because", compute='_compute_left_out_text')

    @api.depends('next_level_id', 'next_action_date', 'next_amount', 'next_wait', 'paused_until',
                 'left_out_codes')
    def _compute_next_step(self):
        """Say in a sentence what happens next."""
        for debtor in self:
            debtor.next_step = debtor._get_next_step_sentence()

    @api.depends('left_out_codes')
    @api.depends_context('lang')
    def _compute_left_out_text(self):
        reasons = get_labels(self.env['account.move.line'], 'dunning_excluded')
        for debtor in self:
            debtor.left_out_text = ", ".join(
                reasons.get(code, code)
                for code in filter(None, (debtor.left_out_codes or '').split(','))) or False

    # Sentences ----------------------------------------------------------------------------------

    def _get_next_step_sentence(self):
        """Return the next step as a sentence for the clerk."""
        self.ensure_one()
        if self.paused_until:
            return self.env._(
                "Paused until %(date)s.", date=format_date(self.env, self.paused_until))
        if self.next_level_id:
            return self._get_step_sentence()
        if self.is_only_charges:
            return self._get_charges_sentence() or self._get_end_sentence()
        return self._get_end_sentence()

    def _get_end_sentence(self):
        """Return what is to be said when no letter will come any more."""
        sentences = []
        if self.overdue_amount:
            sentences.append(self.env._("All levels are done. Please decide how to go on."))
        if self.left_out_amount:
            sentences.append(self.env._(
                "%(amount)s is left out of dunning: %(reasons)s.",
                amount=self.currency_id.format(self.left_out_amount), reasons=self.left_out_text))
        return " ".join(sentences) or self.env._("Nothing to do.")

    def _get_step_sentence(self):
        """Return day, level and amount of the next step, and how it goes out or what it waits for.
        """
        values = {
            'date': self._format_day(self.next_action_date), 'level': self.next_level_id.name,
            'amount': self.currency_id.format(self.next_amount)}
        # pylint: disable=prefer-env-translation
        _ = self.env._
        match self.next_wait or self.next_level_id.channel:
            case 'to_approve':
                return _("“%(level)s” over %(amount)s waits for approval.", **values)
            case 'to_review':
                return _("“%(level)s” over %(amount)s waits for review.", **values)
            case 'approval':
                return _("On %(date)s “%(level)s” over %(amount)s is proposed; it goes out once "
                         "somebody approves it.", **values)
            case 'review':
                return _("On %(date)s “%(level)s” over %(amount)s is proposed; it goes out once "
                         "somebody sends it.", **values)
            case 'bank':
                return _("“%(level)s” over %(amount)s waits for newer bank entries.", **values)
            case 'email':
                return _("On %(date)s “%(level)s” over %(amount)s goes out by e-mail.", **values)
            case 'print':
                return _("On %(date)s “%(level)s” over %(amount)s is to be printed.", **values)
            case 'call':
                return _("On %(date)s “%(level)s” over %(amount)s: please call the customer.",
                         **values)
        return _("On %(date)s “%(level)s” over %(amount)s is due.", **values)

    def _format_day(self, date):
        """Return a date with its weekday, in the order and with the dots of the language."""
        return format_skeleton(
            'EEEEdMMM', fields.Datetime.to_datetime(date),
            locale=babel_locale_parse(get_lang(self.env).code))

    # Refresh ------------------------------------------------------------------------------------

    @api.model
    def _get_next_steps(self, company, partner_ids, today):
        """Return {partner id: next step} as the ladder foresees it."""
        run = self.env['dunning.run'].new({
            'company_id': company.id, 'date': today, 'due_after': company.dunning_due_after})
        items = sorted(run._get_ladder_items(partner_ids), key=lambda item: item.partner)
        customers = run._get_ladder_customers(partner_ids, today)
        policies = run._get_ladder_policies()
        money = run._get_money_functions({item.currency for item in items})
        waiting = self._get_waiting_letters(company, partner_ids, today)
        get_run_day = run._get_run_days(today)
        working_day = company._get_next_working_day(today)
        is_stale = run._get_bank_guard()
        steps = {}
        for partner_id, group in groupby(items, key=lambda item: item.partner):
            # A letter that waits is worked on today, whatever the nightly run has done.
            start = working_day if partner_id in waiting else get_run_day(today)
            try:
                found = ladder.find_next_letters(
                    group, policies, customers.get(partner_id, ladder.Customer()), start, *money,
                    get_run_day)
            except Exception:  # this customer has no next step; the figures are right all the same
                _logger.exception("Nothing can be foreseen of customer %s", partner_id)
                continue
            if found:
                day, letters = found
                top = max(letters, key=lambda letter: letter.level.position)
                steps[partner_id] = {
                    'next_action_date': day,
                    'next_level_id': top.level.id,
                    'next_amount': sum(
                        letter.worth - letter.credit_worth for letter in letters),
                    'next_wait': waiting.get(partner_id) or self._get_wait(
                        top, is_stale if day <= working_day else None),
                }
        return steps

    @api.model
    def _get_wait(self, letter, is_stale):
        """Return what a letter will wait for once a run has planned it: a code of WAITS or None.

        :param is_stale: tells of a policy whether the bank entries are too old for it; None for a
            later day, since nobody knows what the bank will have sent until then
        """
        policy = self.env['dunning.policy'].browse(letter.policy)
        if self.env['dunning.level'].browse(letter.level.id).needs_approval:
            return 'approval'
        if not policy.auto_send:
            return 'review'
        return 'bank' if is_stale and is_stale(policy) else None

    @api.model
    def _get_waiting_letters(self, company, partner_ids, today):
        """Return {partner id: code of WAITS} of customers with a letter that a person has to see.

        :param today: proposals for later days are mere previews
        """
        letters = self.env['dunning.letter'].search([
            ('company_id', '=', company.id), ('partner_id', 'in', partner_ids),
            ('state', 'in', ('draft', 'ready', 'failed')), ('run_id.date', '<=', today)])
        waiting = {}
        for letter in letters.sorted(lambda letter: letter.level_id.position):
            run = letter.run_id
            if letter.state == 'draft' and letter.level_id.needs_approval:
                waiting[letter.partner_id.id] = 'to_approve'
            elif letter.state == 'draft' and letter.policy_id.auto_send and run.is_automatic:
                waiting[letter.partner_id.id] = 'bank'
            elif letter.state != 'ready' or run.state == 'planned' and not run.is_released:
                waiting[letter.partner_id.id] = 'to_review'
        return waiting
