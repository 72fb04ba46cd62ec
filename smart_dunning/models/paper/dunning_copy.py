import hashlib
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: What an invoice says, apart from payments: a copy that says something else is out of date.
_PRINTED_OF_MOVE = ('name', 'invoice_date', 'amount_total')
_PRINTED_OF_LINE = ('name', 'quantity', 'price_unit', 'discount', 'price_total')


class AccountMove(models.Model):
    _inherit = 'account.move'

    # At most one. Not a field of the invoice's row: whoever makes a copy changes no invoice.
    dunning_copy_ids = fields.One2many(
        'dunning.copy', 'move_id', copy=False, groups=fields.NO_ACCESS)


class DunningCopy(models.Model):
    """The copy of an invoice that goes along with letters, where no PDF of the invoice is stored.

    It is rendered for letters only and says that it is a copy. The invoice, its PDF, its state of
    sending and its e-invoicing stay as they are.
    """

    _name = 'dunning.copy'
    _description = "Copy of an Invoice"
    _rec_name = 'move_id'

    move_id = fields.Many2one(
        'account.move', "Invoice", required=True, readonly=True, index=True, ondelete='cascade')
    company_id = fields.Many2one(related='move_id.company_id', store=True, index=True)
    document_id = fields.Many2one(
        'ir.attachment', "PDF", readonly=True, ondelete='set null')
    digest = fields.Char(readonly=True, help="What the invoice said when the copy was made.")
    tried_on = fields.Date(readonly=True)
    reason = fields.Char(readonly=True, help="Why there is no copy.")

    _move_uniq = models.UniqueIndex("(move_id)", "An invoice has one copy.")

    @api.model
    def _find(self, moves):
        """Return the copies as {invoice: PDF}; the stored PDF of an invoice comes first."""
        files = {}
        for move in moves.sudo():
            copy = move.dunning_copy_ids
            if move.invoice_pdf_report_id:
                files[move] = move.invoice_pdf_report_id
            elif copy.document_id and copy.digest == self._get_digest(move):
                files[move] = copy.document_id
        return files

    @api.model
    def _find_undecided(self, moves, date):
        """Return the invoices of which there is no copy and none was tried on that day."""
        files = self._find(moves)
        return moves.filtered(lambda move: move not in files and not any(
            copy.reason and copy.tried_on >= date for copy in move.sudo().dunning_copy_ids))

    @api.model
    def _make(self, move, date):
        """Make the copy of an invoice, or note why that cannot be done.

        :param date: the day of the try; the next one is made on another day
        """
        copy = move.sudo().dunning_copy_ids or self.sudo().create({'move_id': move.id})
        try:
            with self.env.cr.savepoint():
                content = self.env['ir.actions.report']._render_invoice_copy(move)
        except Exception as error:  # whatever a layout, an addon or the engine raises
            _logger.warning("No copy of invoice %s: %s", move.name, error)
            self.env.invalidate_all()
            copy.write({'tried_on': date, 'reason': self._get_reason(error)})
            return
        copy.write({
            'tried_on': date, 'reason': False, 'digest': self._get_digest(move),
            'document_id': self.env['ir.attachment'].sudo().create({
                'name': self._get_file_name(move), 'raw': content, 'mimetype': 'application/pdf',
                'res_model': self._name, 'res_id': copy.id}).id})

    def _get_reason(self, error):
        """Return in one line why a copy could not be made."""
        text = str(error) if isinstance(error, UserError) else repr(error)
        return " ".join(text.split())[:200]

    def _get_file_name(self, move):
        lang = move.partner_id.lang or self.env.lang
        return self.with_context(lang=lang).env._(
            "Copy of %(invoice)s", invoice=move.name).replace('/', '-') + '.pdf'

    @api.model
    def _get_digest(self, move):
        """Return what tells whether a copy still says what the invoice says."""
        printed = [move[name] for name in _PRINTED_OF_MOVE] + [
            (line.id, *(line[name] for name in _PRINTED_OF_LINE)) for line in move.invoice_line_ids]
        return hashlib.sha256(repr((printed, move.partner_id.id)).encode()).hexdigest()
