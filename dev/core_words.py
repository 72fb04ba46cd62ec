"""Odoo's own words for Odoo's own terms: what a screen of ours says as a screen of Odoo's does.

Compares the labels of fields, values, menus, actions and views with the catalogues of the modules
that this addon builds on. What customers read follows our own glossary (docs/translating.md).
"""

from collections import defaultdict

import polib

from .ground import tree
from .ground.ui import say

#: The modules whose words count.
MODULES = ('base', 'mail', 'portal', 'account', 'sale', 'stock', 'sale_stock', 'payment')
#: What is compared, by the beginning of a line `#:`.
LABELS = ('model:ir.model.fields,field_description', 'model:ir.model.fields.selection,name',
          'model:ir.ui.menu,name', 'model:ir.actions', 'model_terms:ir.ui.view,arch_db')
#: English words that Odoo uses for something else, or of another gender: {word: theirs}.
HOMONYMS = {
    "Accept": "a call", "All": "everything, not all of them", "Bounced": "an address",
    "Channel": "of a chat", "Check": "a cheque", "Clear": "to empty a field",
    "Dates": "dates, not how they are written", "Decline": "a call", "Digest": "a mail",
    "Due": "an amount", "Events": "an app", "Exception": "an error",
    "Expected": "an amount of goods", "Expired": "a date", "Folded": "like paper",
    "Last 12 months": "within a sentence", "Late": "an activity", "Layout": "of a mail",
    "Left": "a side", "Level": "of a language", "Line": "of an invoice", "Mail": "the app",
    "Medium": "of marketing", "Not Due": "an amount", "On": "switched on",
    "Open": "a state, not what one does", "Order": "a sequence", "Overdue": "an activity",
    "Pause": "a recording", "Picking": "the work in the warehouse", "Plan": "of activities",
    "Planned": "an activity", "Printed": "a transfer", "Ready": "a transfer",
    "Receivables": "accounts", "Record": "of a database", "Refuse": "a rating",
    "Reject": "a reconciliation", "Rejected": "an entry", "Report": "a page to print",
    "Run": "to execute", "Sale": "the app", "Scope": "of a key", "Signed By": "an order",
    "Stage": "of a sale", "Step": "of a counter",
    "Valid": "an address", "days": "after certain numbers", "letters": "of the alphabet",
    "to": "a direction", "until": "before another word",
}
#: {(language, word): why ours differs}
EXCEPTIONS = {
    ('cs', "Average"): "stands below a column: Odoo's is an adjective",
    ('cs', "By"): "who has waived: Odoo's is the word of a period, and would need another case",
    ('cs', "Interval"): "the time between instalments: Odoo's is a range",
    ('cs', "Limit"): "a sum of money: Odoo's is a restriction",
    ('cs', "Signed On"): "Odoo's says that somebody has logged in",
    ('da', "Details"): "the title of a column: Odoo's ends with a colon",
    ('da', "Transfer"): "the noun: Odoo's is the verb",
    ('de', "Sent"): "letters go by post as well; Odoo says it of messages",
    ('de', "Document Name"): "Odoo's is no German word",
    ('de', "Today"): "begins a sentence of ours that German builds another way",
    ('it', "Deadline"): "Odoo's is the due date here",
    ('ro', "State"): "of a letter or a run: Odoo's is one of a federation",
    ('pl', "Total"): "as on the letters",
    ('sv', "Limit"): "an amount: Odoo's is a restriction",
    ('sv', "To Review"): "Odoo's is approving, which comes later here",
    ('sv', "Today"): "begins a sentence of ours that Swedish builds another way",
    ('tr', "By"): "the title of a column, who did it: Odoo's means with",
    ('tr', "Currency"): "Odoo's is the rate of exchange",
    ('pt_BR', "Link"): "of a page: Odoo's is a bond; links are links in all our letters",
    ('pt_BR', "Transfer"): "the noun: Odoo's is the verb",
    ('tr', "Transfer"): "of goods, as in Odoo's stock: Odoo's is one of money",
    ('es', "Credit Limit"): "Odoo's is credit that was granted; the limit is a límite everywhere",
    ('nl', "Ready"): "Odoo's says it of goods in stock that are available",
    ('pl', "Average"): "stands below a column: Odoo's is an adjective",
    ('pl', "By"): "who has waived: after Odoo's word a name would need another case",
    ('pl', "Credit Note"): "in Poland a nota kredytowa is another paper, not one about tax",
    ('pl', "Entries"): "of the ledger: the plural of Odoo's own zapis dziennika",
    ('pl', "Waiting"): "an amount that waits: Odoo's is the waiting",
}


def find_other_words(entries, lang, theirs, is_ours):
    """Yield the labels that Odoo's screens name otherwise.

    :param entries: ours, of polib
    :param theirs: {English: translations}, the result of `read_core`
    :param is_ours: tells by the place of a text that our own glossary decides
    """
    for entry in entries:
        places = [place for place, _line in entry.occurrences]
        words = theirs.get(entry.msgid, set())
        # Where Odoo says it in English only, nobody has translated it there.
        if (not entry.msgstr or words <= {entry.msgid} or entry.msgid in HOMONYMS
                or (lang, entry.msgid) in EXCEPTIONS or any(map(is_ours, places))
                or not any(place.startswith(LABELS) for place in places)):
            continue
        if _plain(entry.msgstr) not in map(_plain, words):
            yield (f"{entry.msgid!r}: {entry.msgstr!r}, "
                   f"but Odoo says {' or '.join(sorted(words))}")


def _plain(text):
    """Return a text without what only typesetters see.

    >>> _plain("Jusqu’à\\N{NO-BREAK SPACE}demain") == _plain("jusqu'à demain")
    True
    """
    return ' '.join(text.replace('’', "'").casefold().split())


def read_core(lang):
    """Return {English: translations} of Odoo's catalogues; nothing where Odoo is not unpacked."""
    found = defaultdict(set)
    source = tree.locate()
    for folder in source.addons_paths if source else ():
        for module in MODULES:
            path = folder / module / 'i18n' / f'{lang}.po'
            for entry in polib.pofile(str(path)) if path.exists() else ():
                if entry.msgstr and not entry.fuzzy:
                    found[entry.msgid].add(entry.msgstr)
    if not found:
        say(f"      {lang}: Odoo's own words are not known here, so they are not compared.")
    return found
