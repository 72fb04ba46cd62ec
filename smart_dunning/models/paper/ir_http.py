from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    def session_info(self):
        # EXTENDS web: the client downloads our letters without asking for wkhtmltopdf
        info = super().session_info()
        if info.get('is_internal_user'):
            info['dunning_documents'] = sorted(
                self.env['dunning.document']._get_document_reports())
        return info
