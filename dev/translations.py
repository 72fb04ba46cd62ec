"""The translations: their form and length, what they keep of the source, how much they cover."""

import functools
import os
import re
import subprocess
import sys
from collections import Counter

import polib

from . import core_words, tight_texts
from .ground import place
from .ground.addon import NAME
from .ground.ui import say

#: What a translation must carry as often as the source: placeholders, tags, entities.
_MARKS = re.compile(r'%\(\w+\)[sdf]|%[sd]|\{\{.*?\}\}|</?\w[^<>]*>|&\w+;|&#\d+;', re.S)
#: Tags whose attributes may hold words.
_TAG = re.compile(r'<(/?\w+)')
#: Attributes that are words.
_WORDS = re.compile(r'\s(?:alt|title|placeholder)="[^"]*"')
#: Attributes that are code.
_CODE = re.compile(r'\st-')

#: Texts that customers read, by where they are; they are complete in every language.
CUSTOMER = re.compile(
    r'model:dunning\.level,(?:subject|body_html|letter_text|letter_closing):'
    r'|model:mail\.template,(?:subject|body_html):smart_dunning\.mail_template_(?!'
    r'handover_(?:agency|payment|dispute|recall)$)'
    r'|model:dunning\.pause\.reason,name:smart_dunning\.dunning_pause_reason_'
    r'(?:goods_(?:missing|damaged)|price|quantity|service|invoice|dispute_other)$'
    r'|arch_db:smart_dunning\.(?:letter_|installment_document|portal_(?!branding))'
    r'|models/portal/dunning_letter_(?:page|link|answer)\.py|controllers/portal'
    r'|models/paper/dunning_(?:document|copy)\.py|models/hold/sale_order_free\.py'
    r'|models/gate/sale_order_portal\.py|models/pause/dunning_installment_plan_(?:document|mail)\.py'
    r'|models/run/dunning_(?:statement|letter_(?:claim|copy|document|line|mail|statement|text))\.py')
#: Stand among them, but only people in the company read them.
_FOR_CLERKS = (
    '%(name)s has confirmed', '%(name)s wanted to sign', 'A payment came in for',
    'No valid recipient', 'Paid in part', 'Send agreement', 'The document could not be',
    'The e-mail came back; ', 'The free period', 'The mail ', 'The reminder of the instalment',
    'The text “', 'This free period', 'Wants to order', 'What is free is',
    'What the customer was told', 'the placeholder “')
#: Fields, values, menus, actions; with what stands on buttons (see `tight_texts`) they are there
#: in every language, in each addon.
LABELS = re.compile(
    r'model:ir\.(?:ui\.menu|model\.fields\.selection|actions\.\w+),name:'
    r'|model:ir\.model\.fields,field_description:')
#: Languages in which everything is there, in each addon.
COMPLETE = ('de', 'es', 'fr', 'it', 'nl', 'pl')
#: How much of all texts of the addon the others have at least, in percent: what is there stays.
#: Whoever adds a text may leave a few help texts and messages to those who speak these languages.
LEAST = 95
#: What French sets apart by a space that does not break; a colon between digits stays.
_FRENCH_SPACE = re.compile(
    r'.{0,12}(?:(?<![\u00a0\u202f])[;!?»]|(?<![\u00a0\u202f\d]):|«(?![\u00a0\u202f]))', re.S)
#: How somebody is addressed whom one knows well; no text of ours does.
FAMILIAR = {
    'de': r'\b(?:du|dein\w*|dir|dich)\b', 'fr': r'\b(?:tu|toi|tes)\b',
    'es': r'\b(?:tú|tu|tus|contigo)\b', 'it': r'\b(?:tu|tuo|tua|tuoi|tue)\b',
    'nl': r'\b(?:je|jij|jou|jouw|jullie)\b', 'pl': r'\b(?:ty|ciebie|tobie|twój|twoja|twoje)\b',
    'pt_BR': r'\b(?:tu|teu|tua|teus|tuas|você)\b', 'cs': r'\b(?:tebe|tobě|tvůj|tvoje|tvá)\b',
    'da': r'\b(?:du|dig|din|dit|dine)\b', 'sv': r'\b(?:du|dig|din|ditt|dina)\b',
    'ro': r'\b(?:tu|ție|tău|tale)\b', 'tr': r'\b(?:sen|sana|senin|seni)\b',
}


def check(addons):
    """Check all translations of the addons; say what is wrong, and how complete they are."""
    found = 0
    theirs = functools.cache(core_words.read_core)
    for addon in addons:
        folder = place.ROOT / addon / 'i18n'
        template = next(iter(folder.glob('*.pot')), None)
        source = polib.pofile(str(template)) if template else []
        limits = tight_texts.get_limits(folder.parent, source)
        shares = []
        for path in sorted(folder.glob('*.po')):
            found += _check_form(path)
            entries = polib.pofile(str(path))
            complaints = [*_check_entries(entries, path.stem), *_check_share(entries, path, source),
                          *tight_texts.find_too_long(entries, path.stem, limits),
                          *core_words.find_other_words(
                              entries, path.stem, theirs(path.stem), CUSTOMER.search),
                          *_check_labels(entries, source, limits),
                          *(_check_complete(entries, source) if addon == NAME else ())]
            for complaint in complaints:
                say(f"{path.relative_to(place.ROOT)}: {complaint}")
            found += len(complaints)
            shares.append(f"{path.stem} {_get_share(entries, source)} %")
        for lang in COMPLETE if template else ():
            if not (folder / f'{lang}.po').exists():
                say(f"{addon}: there is no translation into {lang}")
                found += 1
        if shares:
            say(f"      {addon}: {', '.join(shares)}")
    return found


def _check_form(path):
    """Check the form of a translation."""
    done = subprocess.run(['msgfmt', '--check', '-o', '/dev/null', str(path)],
                          capture_output=True, text=True, env=dict(os.environ, LC_ALL='C'))
    if done.returncode:
        say(f"{path.relative_to(place.ROOT)}: {done.stderr.strip()}")
    return 1 if done.returncode else 0


def _get_share(entries, source):
    """Return how much of the source is translated, in whole percent, rounded down."""
    return 100 * (len(source) - len(_find_lacking(entries, source))) // max(1, len(source))


def _find_lacking(entries, source):
    """Return the entries of the source that are not translated."""
    known = {entry.msgid for entry in entries if entry.msgstr}
    return [entry for entry in source if entry.msgid not in known]


def _check_share(entries, path, source):
    """Yield what a language lacks that was complete, or had more."""
    lang, addon = path.stem, path.parent.parent.name
    lacking = _find_lacking(entries, source)
    if lang in COMPLETE and lacking:
        yield f"lacks {len(lacking)} texts, the first: {lacking[0].msgid[:60]!r}"
    elif lang not in COMPLETE and addon == NAME and _get_share(entries, source) < LEAST:
        yield f"has become less than it was: {_get_share(entries, source)} %"


def _check_entries(entries, lang):
    """Yield what is wrong with single translations."""
    familiar = re.compile(FAMILIAR.get(lang, r'(?!)'), re.I)
    for entry in entries:
        if entry.fuzzy or entry.obsolete:
            yield f"fuzzy or obsolete: {entry.msgid[:60]!r}"
        elif entry.msgstr and count_marks(entry.msgid) != count_marks(entry.msgstr):
            yield f"other placeholders, tags or entities than in {entry.msgid[:60]!r}"
        if lang == 'fr' and (words := _FRENCH_SPACE.search(_MARKS.sub('', entry.msgstr))):
            yield f"no no-break space at the end of {words[0]!r} in {entry.msgid[:60]!r}"
        if any(CUSTOMER.search(place_) for place_, _line in entry.occurrences):
            words = familiar.search(re.sub(r'<[^>]*>|\{\{.*?\}\}', ' ', entry.msgstr))
            if words:
                yield f"familiar address {words[0]!r} in {entry.msgid[:60]!r}"


def count_marks(text):
    """Count placeholders, tags and entities of a text; what a tag says in attributes may differ.

    >>> count_marks("<b>%(a)s</b>") == count_marks("%(a)s <b></b>"), count_marks("%s")["%s"]
    (True, 1)
    """
    text = _WORDS.sub('', text)
    return Counter(
        _TAG.match(mark)[0] if mark.startswith('<') and not _CODE.search(mark) else mark
        for mark in _MARKS.findall(text))


def _check_complete(entries, source):
    """Yield the texts for customers that a language lacks."""
    for entry in _find_lacking(entries, source):
        if _has_words(entry.msgid) and any(
                CUSTOMER.search(place_) for place_, _line in entry.occurrences):
            yield f"customers would read English: {entry.msgid[:70]!r}"


def _check_labels(entries, source, limits):
    """Yield the labels that a language lacks: whoever works in it reads no half screen."""
    for entry in _find_lacking(entries, source):
        if _has_words(entry.msgid) and (
                entry.msgid in limits or any(
                    LABELS.match(place_) for place_, _line in entry.occurrences)):
            yield f"lacks the label {entry.msgid[:60]!r}"


def _has_words(text):
    """Tell whether anything of a text can be translated."""
    return bool(re.search(r'[A-Za-z]{3}', _MARKS.sub('', text))) and text not in (
        'IBAN', 'BIC %s', 'Total', 'PDF', 'Excel') and not text.startswith(_FOR_CLERKS)


if __name__ == '__main__':
    sys.exit(1 if check(sys.argv[1:]) else 0)
