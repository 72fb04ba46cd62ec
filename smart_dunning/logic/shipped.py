"""Texts that came with the addon: is there a newer one, and has somebody made it their own?

All by language, as short digests.
"""

SAME = 'same'
UNTOUCHED = 'untouched'
TOUCHED = 'touched'


def judge(current, shipped, remembered):
    """Return whether a text is what this release ships, an older one as it was shipped, or changed.

    :param current: {language: digest} of what is in the database
    :param shipped: the same of what this release ships
    :param remembered: the same of what was shipped when it was loaded, empty where nobody knows;
        a language that was installed since is not in it, and says nothing

    >>> judge({'en': 'a', 'de': 'A'}, {'en': 'a', 'de': 'A'}, {})
    'same'
    >>> judge({'en': 'a', 'de': 'A'}, {'en': 'b', 'de': 'B'}, {'en': 'a'})
    'untouched'
    >>> judge({'en': 'a', 'de': 'X'}, {'en': 'b', 'de': 'B'}, {'en': 'a', 'de': 'A'})
    'touched'
    >>> judge({'en': 'a'}, {'en': 'b'}, {})
    'touched'
    """
    if current == shipped:
        return SAME
    known = {lang: digest for lang, digest in remembered.items() if lang in current}
    is_as_shipped = bool(known) and all(
        current[lang] == digest for lang, digest in known.items())
    return UNTOUCHED if is_as_shipped else TOUCHED
