"""Words by which the name of a customer tells of insolvency or liquidation.

Companies must carry them in their names in many countries once they are dissolved or insolvent (in
Germany § 269 (6) AktG, § 68 (2) GmbHG).
"""
import re

#: Abbreviations are written as here, words in any case.
_ABBREVIATIONS = r'i\. ?I\.|i\. ?Ins\.|i\. ?L\.|i\. ?Liqu?\.|\(in [Ll]iq\.?\)'
_WORDS = '|'.join((
    r'in (?:insolvenz|liquidation|abwicklung|konkurs|nachlassliquidation)',
    r'(?:insolvenz|konkurs|masse)verwalter(?:in)?', r'insolvenzmasse', r'konkursmasse',
    r'in (?:administration|administrative receivership|receivership|bankruptcy)',
    r'en liquidation', r'(?:liquidation|redressement) judiciaire', r'en faillite',
    r'in (?:liquidazione|fallimento|concordato preventivo|amministrazione straordinaria)',
    r'en (?:liquidación|concurso)', r'em (?:liquidação|insolvência|recuperação judicial)',
    r'in (?:faillissement|liquidatie|vereffening|surseance)',
    r'w (?:upadłości|likwidacji|restrukturyzacji)', r'v (?:likvidaci|konkurs[ue]|likvidácii)',
    r'under (?:konkurs|likvidation|tvangsopløsning)', r'i (?:konkurs|likvidation)',
))
_PATTERN = re.compile(rf'(?<![\w.])(?:{_ABBREVIATIONS}|(?i:{_WORDS}))(?!\w)')


def find_words(name: str) -> str:
    """Return the words of a name that tell of insolvency or liquidation, '' where none do.

    >>> find_words("Muster Bau GmbH i. L.")
    'i. L.'
    >>> find_words("Muster Bau GmbH")
    ''
    """
    found = name and _PATTERN.search(name)
    return found.group() if found else ''
