import io

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import OrderedSet


class IrActionsReport(models.Model):
    """Our letters print without wkhtmltopdf; every other report as before."""

    _inherit = 'ir.actions.report'

    @api.model
    def _get_dunning_letters(self, report_ref, res_ids):
        """Return the letters to print when the report is one of ours, else None."""
        model = self.env['dunning.document']._find_document_model(
            self._get_report(report_ref).report_name)
        if not model:
            return None
        ids = [res_ids] if isinstance(res_ids, int) else list(res_ids or ())
        letters = self.env[model].browse(OrderedSet(ids)).exists()
        if ids and not letters:
            raise UserError(self.env._("This document does not exist any more."))
        return letters

    @api.model
    def _render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        # EXTENDS base
        letters = self._get_dunning_letters(report_ref, res_ids)
        if letters is None:
            return super()._render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        return letters._render_merged_document(), 'pdf'

    @api.model
    def _pre_render_qweb_pdf(self, report_ref, res_ids=None, data=None):
        # EXTENDS base: what mail composers and others take document by document
        letters = self._get_dunning_letters(report_ref, res_ids)
        if letters is None:
            return super()._pre_render_qweb_pdf(report_ref, res_ids=res_ids, data=data)
        return {
            letter_id: {'stream': io.BytesIO(document), 'attachment': None}
            for letter_id, document in letters._get_documents().items()
        }, 'pdf'

    @api.model
    def _render_qweb_html(self, report_ref, docids, data=None):
        # EXTENDS base: a preview of the page, without its style
        letters = self._get_dunning_letters(report_ref, docids)
        if letters is None:
            return super()._render_qweb_html(report_ref, docids, data=data)
        letters.check_access('read')
        return ''.join(letter._render_document_html() for letter in letters).encode(), 'html'
