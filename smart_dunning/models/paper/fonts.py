"""Which characters can be printed here: what fontconfig, which lays out our letters, knows.

A script that no font has becomes a row of boxes on paper, and nobody sees it before the customer
does. Where fontconfig cannot be asked, nothing is said.
"""
import ctypes
import functools
import threading
import unicodedata

_LIBRARIES = ('libfontconfig.so.1', 'libfontconfig.1.dylib', 'libfontconfig-1.dll')
_SYSTEM_FONTS = 0
_MATCH = 0
# What is never drawn by itself: marks that choose a variant of the sign before.
_VARIANTS = range(0xfe00, 0xfe10)

_lock = threading.Lock()


class _FontSet(ctypes.Structure):
    _fields_ = (('count', ctypes.c_int), ('size', ctypes.c_int),
                ('fonts', ctypes.POINTER(ctypes.c_void_p)))


@functools.lru_cache(maxsize=1)
def _get_library():
    """Return fontconfig with the types of what we call, or None."""
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        pointer, number, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
        for function, result, arguments in (
                ('FcInitLoadConfigAndFonts', pointer, ()),
                ('FcConfigGetFonts', ctypes.POINTER(_FontSet), (pointer, number)),
                ('FcPatternGetCharSet', number, (pointer, text, number, ctypes.POINTER(pointer))),
                ('FcFreeTypeQuery', pointer, (text, number, pointer, ctypes.POINTER(number))),
                ('FcCharSetCreate', pointer, ()),
                ('FcCharSetMerge', number, (pointer, pointer, pointer)),
                ('FcCharSetHasChar', number, (pointer, ctypes.c_uint32)),
                ('FcCharSetIsSubset', number, (pointer, pointer)),
                ('FcLangGetCharSet', pointer, (text,))):
            getattr(library, function).restype = result
            getattr(library, function).argtypes = arguments
        return library
    return None


@functools.lru_cache(maxsize=16)
def _get_characters(files):
    """Return the characters of all fonts of the system and of some files; None: unknown.

    :param files: paths of the fonts that a style sheet brings along, as a tuple
    """
    library = _get_library()
    if library is None:
        return None
    with _lock:
        fonts = library.FcConfigGetFonts(library.FcInitLoadConfigAndFonts(), _SYSTEM_FONTS)
        patterns = [fonts.contents.fonts[number] for number in range(fonts.contents.count)]
        count = ctypes.c_int()
        patterns += [
            library.FcFreeTypeQuery(path.encode(), 0, None, ctypes.byref(count)) for path in files]
        known, found = library.FcCharSetCreate(), ctypes.c_void_p()
        for pattern in filter(None, patterns):
            if library.FcPatternGetCharSet(
                    pattern, b'charset', 0, ctypes.byref(found)) == _MATCH:
                library.FcCharSetMerge(known, found, None)
        return known


def find_missing(text, files=()):
    """Return the characters of a text that no font has, in their order, each once.

    :param files: paths of fonts that the style sheet brings along

    >>> find_missing("plain text")
    []
    """
    known = _get_characters(tuple(files))
    if known is None:
        return []
    has = _get_library().FcCharSetHasChar
    return [
        sign for sign in dict.fromkeys(text)
        if unicodedata.category(sign)[0] not in 'CZ' and ord(sign) not in _VARIANTS
        and not has(known, ord(sign))]


def speaks(lang, files=()):
    """Return whether the fonts have all letters of a language; also where it is unknown.

    :param lang: a code of Odoo's, such as `ar_001`

    >>> speaks('en_US')
    True
    """
    known, library = _get_characters(tuple(files)), _get_library()
    if known is None:
        return True
    name, _separator, country = lang.partition('@')[0].partition('_')
    for code in (f'{name}-{country}'.lower(), name):
        letters = library.FcLangGetCharSet(code.encode())
        if letters:
            return bool(library.FcCharSetIsSubset(letters, known))
    return True
