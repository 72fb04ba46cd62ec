import base64
import re
from email.utils import make_msgid

from odoo import api, models
from odoo.tools import html2plaintext

#: A picture that we draw into a mail.
_CODE = re.compile(
    r'(<img\b[^>]*\bclass="o_dunning_code"[^>]*\bsrc=")data:image/png;base64,([^"]+)(")')
_IMAGE = re.compile(r'<img\b[^>]*\bclass="o_dunning_code"[^>]*>')


class IrMailServer(models.Model):
    """Codes for apps of banks travel inside the mail: readers show no picture from elsewhere."""

    _inherit = 'ir.mail_server'

    @api.model
    def _build_email__(self, email_from, email_to, subject, body, *args,
                       subtype='plain', body_alternative=None, **kwargs):  # noqa: PLW3201
        # EXTENDS base: programs that read mails show no picture that is a data URI
        code = subtype == 'html' and _CODE.search(body or '')
        if code:
            cid = make_msgid('code')
            # The text has no use for it, and would have it in letters and numbers.
            body_alternative = html2plaintext(_IMAGE.sub('', body))
            body = body.replace(code[0], f'{code[1]}cid:{cid[1:-1]}{code[3]}')
        message = super()._build_email__(
            email_from, email_to, subject, body, *args, subtype=subtype,
            body_alternative=body_alternative, **kwargs)
        if code:
            message.get_body(('html',)).add_related(
                base64.b64decode(code[2]), 'image', 'png', cid=cid,
                filename='code.png', disposition='inline')
        return message
