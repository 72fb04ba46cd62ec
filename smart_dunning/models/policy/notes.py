"""Texts that become HTML: activities, remarks, messages."""

from markupsafe import Markup, escape


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
