import hashlib

from odoo import api, models
from odoo.exceptions import UserError


class DunningDocument(models.AbstractModel):
    """Keeping the PDF as it was sent or signed."""

    _inherit = 'dunning.document'

    def _store_document(self, content=None):
        """Keep the PDF with the letter as evidence; return the attachment.

        Raises UserError when the disk is full or cannot be written.

        :param bytes content: the PDF; None to render it now
        """
        self.ensure_one()
        content = content or self._render_documents()[self.id]
        self.document_sha256 = hashlib.sha256(content).hexdigest()
        self.document_id = self._store_files([self._prepare_document_file(content)])
        return self.document_id

    @api.model
    def _store_files(self, values_list):
        """Return new attachments; raises UserError when the disk is full or cannot be written."""
        try:
            return self.env['ir.attachment'].create(values_list)
        except OSError as error:
            for values in values_list:
                self.env['ir.attachment']._remove_half_file(values['raw'])
            raise UserError(self.env._(
                "The document could not be stored: %(reason)s. Please ask your administrator to "
                "look after the disk of the server, then try again.",
                reason=error.strerror or error)) from error

    def _prepare_document_file(self, content):
        """Return the values of the attachment that keeps the PDF."""
        return {
            'name': f"{self.name.replace('/', '-')}.pdf",
            'raw': content,
            'mimetype': 'application/pdf',
            'res_model': self._name,
            'res_id': self.id,
        }
