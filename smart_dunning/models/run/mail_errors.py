"""What a mail server, or the lack of one, ended a hand-over with."""

import smtplib

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

#: "Service not available": what a mail server says that is about to go down.
CLOSING = 421
# The mail server said no: the letter was certainly not accepted. Anything else that happens after
# the hand-over began leaves its fate open.
REFUSALS = (
    smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError,
    UnicodeError, AssertionError,
)


def is_refusal(error):
    """Return whether it is certain that the mail server did not take the mail."""
    if not isinstance(error, MailDeliveryException):
        return False
    reason = get_reason(error)
    return has_no_connection(error) or reason is error or isinstance(reason, REFUSALS)


def has_no_connection(error):
    """Return whether core did not even get a connection: it hands over that exception itself."""
    return any(isinstance(part, Exception) for part in error.args)


def get_reason(error):
    """Return the exception behind a `MailDeliveryException`; itself where there is none."""
    inner = next((part for part in error.args if isinstance(part, Exception)), None)
    return inner or error.__cause__ or error.__context__ or error


def get_answers(error):
    """Return what the mail server answered, as [(code, text)]; empty where it did not."""
    reason = get_reason(error)
    if hasattr(reason, 'smtp_code'):
        return [(reason.smtp_code, reason.smtp_error)]
    return list(getattr(reason, 'recipients', {}).values())


def is_temporary(error):
    """Return whether a refusal is worth another attempt: no connection, or an answer 4xx."""
    return has_no_connection(error) or any(
        400 <= code < 500 for code, _answer in get_answers(error))


def is_away(error):
    """Return whether nobody can be written to: no connection, or the server is about to go."""
    return has_no_connection(error) or CLOSING in [code for code, _answer in get_answers(error)]
