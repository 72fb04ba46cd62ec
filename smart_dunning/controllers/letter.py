from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import html_escape

#: A page of its own origin without scripts: whatever stands in a mail does nothing here. Pictures
#: come from this server, which has to be named: to such a page it is like any other.
_POLICY = "sandbox; default-src 'none'; img-src {server} data:; style-src 'unsafe-inline'"


class DunningLetterController(http.Controller):
    """The e-mail of a letter as a page, for the preview beside its PDF."""

    @http.route('/dunning/letter/<int:letter_id>/mail', type='http', auth='user', readonly=True)
    def show_mail(self, letter_id):
        letter = request.env['dunning.letter'].browse(letter_id).exists()
        if not letter or not letter.has_access('read'):
            return request.not_found()
        try:
            body = letter._get_mail_preview()
        except UserError as error:
            body = f'<p>{html_escape(str(error))}</p>'
        return request.make_response(body, headers=[
            ('Content-Security-Policy', _POLICY.format(server=request.httprequest.host_url)),
            ('Content-Type', 'text/html; charset=utf-8'),
        ])
