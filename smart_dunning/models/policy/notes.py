"""Texts that become HTML: activities, remarks, messages."""

from markupsafe import Markup, escape

from odoo import SUPERUSER_ID


def speak_to(user, record):
    """Return a record in the language of the user who is going to read what it tells them.

    :param user: `res.users`; an empty one, or one without a language, changes nothing
    """
    return record.with_context(lang=user.lang or record.env.lang)


def speak_for(company, record):
    """Return a record in the language in which the histories of a company are kept by themselves.

    What a person does is written in the language of that person; what the nightly jobs do, in that
    of the company's dunning clerk.
    """
    if record.env.uid != SUPERUSER_ID:
        return record
    lang = company.dunning_user_id.lang or company.partner_id.lang
    return record.with_context(lang=lang or record.env.lang)


def to_note(text):
    """Return a plain text as HTML for an activity or message, every character escaped.

    Whatever comes from outside (names of customers, answers of mail servers, what somebody has
    typed into a portal) is text and stays text; line breaks stay line breaks. What our own code has
    made HTML already (`Markup`, such as a rendered template) is returned as it is.

    >>> to_note("<img src=x>\\nMain Street")
    Markup('<p>&lt;img src=x&gt;<br/>Main Street</p>')
    """
    if isinstance(text, Markup):
        return text
    lines = Markup("<br/>").join(escape(line) for line in (text or '').splitlines())
    return Markup("<p>%s</p>") % lines
