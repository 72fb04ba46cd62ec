"""Mail that comes in: an answer of a customer, and a mail that comes back.

Both enter through Odoo's mail gateway, as a mail server would deliver them.
"""

from email.message import EmailMessage
from email.utils import getaddresses, make_msgid

_BOUNCE = """\
From: MAILER-DAEMON@{host}
To: {bounce}
Subject: Undelivered Mail Returned to Sender
Message-Id: {message_id}
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=-="

--=-=
Content-Type: text/plain

<{address}>: there is no such mailbox

--=-=
Content-Type: message/delivery-status

Reporting-MTA: dns; {host}

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--=-=
Content-Type: text/rfc822-headers

Message-Id: {original}
To: {address}

--=-=--
"""


def _get_sent_mail(letter):
    """Return the mail with which a letter went out."""
    return letter.env['mail.mail'].sudo().search(
        [('message_id', '=', letter.message_uid)], limit=1)


def answer(letter, text):
    """Let the customer answer the mail of a letter; the answer lands in its chatter."""
    mail = _get_sent_mail(letter)
    message = EmailMessage()
    message['Subject'] = f"AW: {mail.subject}"
    message['From'] = letter.email
    message['To'] = mail.reply_to
    message['Message-Id'] = make_msgid(domain='customer.example')
    message['In-Reply-To'] = letter.message_uid
    message.set_content(text)
    letter.env['mail.thread'].message_process(False, message.as_bytes())


def bounce(letter):
    """Let the mail of a letter come back as undeliverable."""
    address = getaddresses([letter.email])[0][1]
    letter.env['mail.thread'].message_process(False, _BOUNCE.format(
        address=address, host=address.split('@')[1], bounce=letter.company_id.bounce_email,
        message_id=make_msgid(domain='customer.example'), original=letter.message_uid))
