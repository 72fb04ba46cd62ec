import logging
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import format_date

from ..policy.notes import speak_for, speak_to, to_note

_logger = logging.getLogger(__name__)


class DunningRun(models.Model):
    """The nightly run: plan every company each working day, send what may go without review."""

    _inherit = 'dunning.run'

    @api.model
    def _cron_run(self):
        """Plan, and send where automatic, for each company that has turned dunning on.

        A second start on the same day finds the run of the day and does nothing.
        """
        companies = self._get_companies_to_run()
        progress = self.env['ir.cron']._commit_progress
        progress(remaining=len(companies))
        crash = None
        for company in companies:
            crash = self._run_isolated(company) or crash
            if not progress(1):
                break
        if crash:
            raise crash

    @api.model
    def _get_companies_to_run(self):
        """Return companies that are on, work today and have no run of today yet."""
        companies = self.env['res.company'].search([('dunning_active', '=', True)])
        return companies.filtered(
            lambda company: not company._is_dunned_by_parent()
            and company._is_working_day(company._get_dunning_today())
            and not self._find_automatic(company, company._get_dunning_today()))

    @api.model
    def _find_automatic(self, company, date):
        return self.search([
            ('company_id', '=', company.id), ('date', '=', date), ('is_automatic', '=', True)],
            limit=1)

    def _run_isolated(self, company):
        """Run one company; its trouble is told to its clerk and leaves the others alone."""
        try:
            # Remarks are for the clerk.
            speak_for(company, self.with_company(company))._run_automatically(
                company, company._get_dunning_today())
        except LockError as refusal:          # a clerk plans at this moment
            self.env.cr.rollback()
            _logger.info("Nightly dunning of %s is put off: %s", company.name, refusal)
            self.env.ref('smart_dunning.ir_cron_dunning_run')._trigger(
                fields.Datetime.now() + timedelta(minutes=5))
        except UserError as refusal:
            self.env.cr.rollback()
            _logger.warning("Nightly dunning of %s: %s", company.name, refusal)
        except psycopg2.Error as error:
            self.env.cr.rollback()
            if not self._find_automatic(company, company._get_dunning_today()):
                _logger.exception("Nightly dunning of %s crashed", company.name)
                return error
            _logger.info("Nightly dunning of %s was started twice", company.name)
        except Exception as error:  # one company's defect must not stop the others
            self.env.cr.rollback()
            _logger.exception("Nightly dunning of %s crashed", company.name)
            return error
        return None

    @api.model
    def _run_automatically(self, company, date):
        """Plan the run of a day and send what needs no review. Returns the run."""
        self._withdraw_old_proposals(company, date)
        for branch in company._get_dunning_tree():
            self.env['dunning.agreement']._update_all(branch)
        run = self.create({
            'company_id': company.id, 'date': date, 'is_automatic': True,
            'user_id': company.dunning_user_id.id or self.env.uid,
        })
        run._plan()
        run._hold_back_unpayable()
        told = (run.note or "").splitlines()
        notes = [
            *run._hold_back_stale(), *run._get_policy_notes(), *run._get_cap_notes(), *told]
        run.note = "\n".join(notes) or False
        if not run.letter_count:
            run.state = 'done'
        elif run._find_letters('ready'):
            run.state = 'sending'
            self.env['ir.cron']._wake_dunning_sender()
        run._ask_for_review(notes)
        return run

    @api.model
    def _withdraw_old_proposals(self, company, date):
        """Replace proposals that nobody has looked at: the new run decides with fresh figures.

        What a person approved or is sending stays; failed letters get their second chance.
        """
        old = self.env['dunning.letter'].search([
            ('run_id.company_id', '=', company.id), ('run_id.is_automatic', '=', True),
            ('run_id.is_released', '=', False), ('run_id.date', '<', date),
            ('state', 'in', ('draft', 'failed')), ('is_fate_unknown', '=', False)])
        runs = old.run_id
        old._set_cancelled(self.env._(
            "Replaced by the run of %(date)s", date=format_date(self.env, date)))
        runs.filtered(lambda run: run.state == 'planned' and not run.open_count).write(
            {'state': 'done'})
        runs.activity_unlink(['smart_dunning.mail_activity_dunning_review'])

    def _hold_back_stale(self):
        """Leave letters for review while the bank entries are too old; return why, in words."""
        notes, is_stale = [], self._get_bank_guard()
        for policy, letters in self._find_letters('ready').grouped('policy_id').items():
            if not is_stale(policy):
                continue
            letters.write({'state': 'draft'})
            newest = self.bank_date and format_date(self.env, self.bank_date)
            notes.append(self.env._(
                "%(policy)s: nothing was sent, since the newest bank entry is of %(date)s. "
                "Please import the bank statements, then send by hand or wait for the next run.",
                policy=policy.name, date=newest) if newest else self.env._(
                "%(policy)s: nothing was sent, since there is no bank entry at all. Please import "
                "the bank statements, or switch the check off in the policy.", policy=policy.name))
        return notes

    def _get_policy_notes(self):
        """Return in words which policies found none of their customers, and why."""
        policies = self.env['dunning.policy']._get_for_company(self.company_id)
        return [
            self.env._(
                "The customers of policy %(policy)s cannot be read, so other policies applied to "
                "them: %(error)s", policy=policy.name, error=error)
            for policy in policies if (error := policy._find_domain_error())]

    def _get_cap_notes(self):
        """Return in words how many letters are left for the next working day."""
        left = self.env['dunning.omission'].search_count(
            [('run_id', '=', self.id), ('reason', '=', 'over_cap')])
        if not left:
            return []
        return [self.env._(
            "%(count)s letters are left for the next working day, since a run sends no more than "
            "the policy allows. The most overdue go first.", count=left)]

    def _ask_for_review(self, notes):
        """Give the clerk one activity about everything that waits for review."""
        run = speak_to(self.user_id, self)
        texts = [*notes, *run._count_review()]
        if texts:
            run.activity_schedule(
                'smart_dunning.mail_activity_dunning_review', user_id=self.user_id.id,
                note=to_note("\n".join(texts)), date_deadline=self.date)

    def _count_review(self):
        """Return in words how many letters wait for a person."""
        waiting, to_print = self._find_letters('draft'), self._find_to_print()
        texts = []
        if waiting:
            texts.append(self.env._("%(count)s letters wait for review.", count=len(waiting)))
        if to_print:
            texts.append(self.env._("%(count)s letters are to be printed.", count=len(to_print)))
        return texts

    def _renew_reviews(self):
        """Let the activities say how many letters wait by now, in the words of their reader."""
        reviews = self.env['mail.activity'].sudo().search([
            ('res_model', '=', self._name), ('res_id', 'in', self.ids),
            ('activity_type_id', '=', self.env.ref(
                'smart_dunning.mail_activity_dunning_review').id)])
        for review in reviews:
            run = speak_to(review.user_id, self.sudo().browse(review.res_id))
            texts = [*(run.note or '').splitlines(), *run._count_review()]
            if texts:
                review.note = to_note("\n".join(texts))
            else:
                review.unlink()
