import contextlib
from pathlib import Path

from odoo import api, models
from odoo.exceptions import AccessError

#: What makes a file what it is, and whose.
_CONTENT = frozenset({
    'name', 'raw', 'datas', 'db_datas', 'store_fname', 'checksum', 'file_size', 'index_content',
    'mimetype', 'type', 'url', 'res_model', 'res_id', 'res_field', 'company_id', 'public'})


class IrAttachment(models.Model):
    """The PDF that was sent or signed is evidence: nobody changes it or takes it away."""

    _inherit = 'ir.attachment'

    def write(self, vals):
        if _CONTENT & vals.keys():
            self._check_not_kept()
        return super().write(vals)

    def unlink(self):
        self._check_not_kept()
        return super().unlink()

    @api.model
    def _remove_half_file(self, content):
        """Remove what a full disk has left of a file; Odoo would refuse the whole one then.

        :param bytes content: what should have been written
        """
        # Not `_get_path`, which refuses a file whose content is another one.
        checksum = self._compute_checksum(content)
        path = Path(self._full_path(f'{checksum[:2]}/{checksum}'))
        with contextlib.suppress(OSError):
            if path.stat().st_size < len(content):
                path.unlink()

    def _check_not_kept(self):
        """Raise AccessError for a document that was sent or signed; the system may do all."""
        if self.env.su:
            return
        for model, files in self.sudo().grouped('res_model').items():
            if model in self.env and getattr(self.env[model], '_document_template', None):
                documents = self.env[model].sudo().with_context(active_test=False)
                if documents.search_count([('document_id', 'in', files.ids)], limit=1):
                    raise AccessError(self.env._(
                        "A document as it was sent is evidence: it can be neither changed nor "
                        "deleted."))
