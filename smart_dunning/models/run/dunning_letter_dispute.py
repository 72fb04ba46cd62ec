from odoo import fields, models


class DunningDispute(models.Model):
    """The letter that told the customer that his objection was rejected."""

    _inherit = 'dunning.dispute'

    told_letter_id = fields.Many2one(
        'dunning.letter', "Told By", readonly=True, copy=False, index='btree_not_null',
        ondelete='set null', help="The letter that says that the objection was not accepted.")


class DunningLetter(models.Model):
    """The first letter after an objection was rejected says so."""

    _inherit = 'dunning.letter'

    def _get_rejected_disputes(self):
        """Return the rejected objections to this letter's invoices of which no letter told yet."""
        self.ensure_one()
        return self.env['dunning.dispute'].sudo().search([
            ('move_id', 'in', self._get_asked_lines().move_id.ids), ('state', '=', 'rejected'),
            ('told_letter_id', 'in', (False, self.id))], order='date_opened, id')

    def _prepare_document_values(self):
        disputes = self.env['dunning.dispute'] if self.is_prenotice \
            else self._get_rejected_disputes()
        return {**super()._prepare_document_values(), 'objections': [
            self.env._(
                "We have examined your objection of %(date)s to invoice %(invoice)s and could not "
                "accept it. The full amount is therefore due.",
                date=self._format_document_date(dispute.date_opened), invoice=dispute.move_id.name)
            for dispute in disputes]}

    def _set_sent(self):
        result = super()._set_sent()
        if not self.is_prenotice:
            self._get_rejected_disputes().told_letter_id = self
        return result
