import base64
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..logic import ladder


class DunningLevelPreview(models.TransientModel):
    """What a level would send to a customer, in each language, before anybody gets it."""

    _name = 'dunning.level.preview'
    _description = "Try a Text"

    level_id = fields.Many2one('dunning.level', required=True, readonly=True, ondelete='cascade')
    company_id = fields.Many2one(
        'res.company', required=True, readonly=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, domain="[('id', 'in', candidate_ids)]")
    candidate_ids = fields.Many2many('res.partner', compute='_compute_candidate_ids')
    lang = fields.Selection('_get_languages', "Language", required=True)
    subject = fields.Char(readonly=True)
    mail = fields.Html("E-mail", readonly=True, sanitize=False)
    document = fields.Binary("Letter", readonly=True, attachment=False)
    document_name = fields.Char(readonly=True)
    warning = fields.Char(readonly=True)

    @api.model
    def _get_languages(self):
        return self.env['res.lang'].get_installed()

    def _compute_candidate_ids(self):
        """Offer the customers who owe most: their letters say most."""
        for preview in self:
            preview.candidate_ids = self._find_customers(preview.company_id)

    @api.model
    def _find_customers(self, company, limit=80):
        rows = self.env['dunning.item']._fetch(company, ('partner', 'open_company', 'excluded'))
        sums = {}
        for partner_id, amount, excluded in rows:
            if excluded is None and amount > 0:
                sums[partner_id] = sums.get(partner_id, 0.0) + amount
        best = sorted(sums, key=lambda partner_id: (-sums[partner_id], partner_id))[:limit]
        return self.env['res.partner'].browse(best)

    @api.model
    def _open(self, level, company):
        """Return the action that shows a level with the customer who owes most."""
        customer = self._find_customers(company, limit=1)
        if not customer:
            raise UserError(self.env._(
                "Nothing is open for any customer of %(company)s: there is nothing to show a "
                "letter with.", company=company.name))
        preview = self.create({
            'level_id': level.id, 'company_id': company.id, 'partner_id': customer.id,
            'lang': customer.lang or self.env.lang or 'en_US'})
        return preview.action_show()

    def action_show(self):
        """Render the texts for the chosen customer and language, and show them."""
        self.ensure_one()
        self.level_id.check_access('read')
        values = self._render()
        self.write(values)
        return {
            'type': 'ir.actions.act_window', 'res_model': self._name, 'res_id': self.id,
            'name': self.env._("Show “%(level)s”", level=self.level_id.name),
            'view_mode': 'form', 'views': [(False, 'form')], 'target': 'new',
            'context': {'dialog_size': 'extra-large'},
        }

    def _render(self):
        """Return subject, mail and document of the letter that the level would be."""
        with self._without_trace():
            letter = self._make_letter()
            return {
                'subject': letter._render_text('subject'),
                'mail': letter._get_mail_body(),
                'document': base64.b64encode(letter._render_documents()[letter.id]),
                'document_name': f"{self.level_id.position}-{self.lang}.pdf",
                'warning': " ".join(letter.with_env(self.env)._get_lang_warning()) or False,
            }

    @contextmanager
    def _without_trace(self):
        """Take back whatever is written within: neither letter nor run nor language stays."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _make_letter(self):
        """Return a letter of the level about what the customer owes, in the chosen language."""
        level = self.level_id.sudo()
        run = self.env['dunning.run'].sudo().with_company(self.company_id).create({
            'company_id': self.company_id.id, 'name': self.env._("Preview")})
        steps = self._find_steps(run, level)
        contacts = run._get_contacts({self.partner_id.id})
        recipient = self.env['res.partner'].sudo().browse(
            contacts[self.partner_id.id]['recipient_id'])
        recipient.lang = self.lang
        planned = ladder.Letter(
            self.partner_id.id, steps[0].item.currency, level.policy_id.id, steps[0].level, steps)
        values = run._prepare_letter_values_list([planned], contacts)
        self.env.flush_all()
        letter_ids = run._insert_letters(values)
        run._insert_lines(letter_ids, [planned])
        return self.env['dunning.letter'].sudo().browse(letter_ids).with_company(self.company_id)

    def _find_steps(self, run, level):
        """Return the customer's open items in the currency of most of them, as steps to the level.

        :raise UserError: nothing is open any more
        """
        rung = ladder.Level(level.id, level.position, level.delay, level.delay_from)
        items = [
            item for item in run._get_ladder_items([self.partner_id.id]) if item.amount > 0]
        if not items:
            raise UserError(self.env._(
                "%(customer)s has nothing open any more. Please choose another customer.",
                customer=self.partner_id.display_name))
        currencies = [item.currency for item in items]
        currency = max(set(currencies), key=lambda one: (currencies.count(one), -one))
        return tuple(
            ladder.Step(item._replace(pause=None), rung) for item in items
            if item.currency == currency)
