"""Many PDF files as one, for the printer.

The files are WeasyPrint's own: their objects are copied and numbered anew, which takes a tenth of
the time that reading them into a tree and writing it again does.
"""
import io
import logging
import re
import zlib

from odoo.tools.pdf import PdfFileReader, PdfFileWriter

_logger = logging.getLogger(__name__)

#: Strings, which may look like anything, and references to other objects.
_TOKEN = re.compile(rb'\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f\s]*>|\b(\d+) 0 R\b', re.DOTALL)
_END = re.compile(rb'startxref\s+(\d+)\s+%%EOF\s*\Z')
_TABLE = re.compile(rb'xref\s+0 (\d+) ?\r?\n')
_OBJECT = re.compile(rb'\s*(\d+) 0 obj\s*')
_STREAM = re.compile(rb'>>\s*stream\r?\n')
_PARENT = re.compile(rb'/Parent \d+ 0 R')
# What pages may have from the node above them, which stays behind; those of WeasyPrint do not.
_INHERITED = re.compile(rb'/(?:Resources|MediaBox|CropBox|Rotate)\b')
# The pages leave the tree of their tags behind.
_TAGS = re.compile(rb'/StructParents \d+')
_CATALOG, _PAGES = 1, 2


def merge(documents):
    """Return one PDF with the pages of all documents, in their order.

    :param documents: PDF files as bytes
    """
    try:
        return copy_pages(documents)
    except ValueError:                        # a file of another make
        _logger.debug("PDF files are merged the slow way", exc_info=True)
    writer = PdfFileWriter()
    for document in documents:
        reader = PdfFileReader(io.BytesIO(document), strict=False)
        for number in range(reader.getNumPages()):
            writer.addPage(reader.getPage(number))
    with io.BytesIO() as target:
        writer.write(target)
        return target.getvalue()


def copy_pages(documents):
    """Return one PDF with the pages of all documents, in their order.

    :param documents: PDF files as bytes
    :raise ValueError: where a file is not as WeasyPrint writes them
    """
    target = _Target()
    for document in documents:
        target.add(_Source(document))
    return target.finish()


class _Source:
    """A PDF file: its objects as bytes, and its pages."""

    def __init__(self, document):
        end = _END.search(document, max(0, len(document) - 200))
        if not end:
            raise ValueError("no end")
        begin = int(end[1])
        table = _TABLE.match(document, begin)
        try:
            if table:
                trailer, places, packs = document[table.end():], _read_table(document, table), ()
            else:
                trailer, places, packs = _read_packed_table(document, begin)
            if b'/Encrypt' in trailer or b'/Prev' in trailer:
                raise ValueError("encrypted, or changed since it was written")
            self.objects = _cut(document, places, begin)
            for number in packs:
                self.objects |= _unpack(*self.objects.pop(number))
            root = self._find(trailer, b'Root')
            self.pages = list(self._walk(self._find(self.objects[root][0], b'Pages')))
        except (KeyError, IndexError, TypeError, AttributeError, zlib.error) as error:
            raise ValueError("broken") from error

    @staticmethod
    def _find(text, key):
        found = re.search(rb'/%s (\d+) 0 R' % key, text)
        if not found:
            raise ValueError(f"no {key.decode()}")
        return int(found[1])

    def _walk(self, number):
        head = self.objects[number][0]
        if b'/Kids' not in head:
            yield number
            return
        if _INHERITED.search(head):
            raise ValueError("the pages inherit what they need")
        kids = head[head.index(b'/Kids'):]
        for found in re.finditer(rb'(\d+) 0 R', kids[:kids.index(b']')]):
            yield from self._walk(int(found[1]))


def _read_table(document, table):
    """Return {number: place} of a table of objects that is written in plain text."""
    places = {}
    for number in range(int(table[1])):
        entry = document[table.end() + 20 * number:table.end() + 20 * (number + 1)]
        if entry[17:18] == b'n':
            places[number] = int(entry[:10])
    return places


def _read_packed_table(document, begin):
    """Return (what the trailer says, {number: place}, numbers of what packs objects)."""
    head, stream = _split(document[_OBJECT.match(document, begin).end():])
    data, widths = _inflate(head, stream), _read_numbers(head, b'W')
    first, count = _read_numbers(head, b'Index')
    places, packs = {}, set()
    for place in range(count):
        kind, value, _more = _read_row(data, place, widths)
        if kind == 2:
            packs.add(value)
        elif kind == 1 and value != begin:
            places[first + place] = value
    return head, places, packs


def _read_row(data, place, widths):
    at, row = place * sum(widths), []
    for width in widths:
        row.append(int.from_bytes(data[at:at + width], 'big'))
        at += width
    return row


def _cut(document, places, end):
    """Return {number: (head, stream)}: what may hold references, and what cannot."""
    ordered = sorted((place, number) for number, place in places.items())
    objects = {}
    for (begin, number), (stop, _number) in zip(
            ordered, [*ordered[1:], (end, 0)], strict=True):
        name = _OBJECT.match(document, begin)
        if not name or int(name[1]) != number:
            raise ValueError(f"no object {number} where the table has it")
        objects[number] = _split(document[name.end():document.rindex(b'endobj', begin, stop)])
    return objects


def _split(body):
    stream = _STREAM.search(body)
    cut = stream.start() + 2 if stream else len(body)
    return body[:cut], body[cut:]


def _read_numbers(head, key):
    return list(map(int, re.search(rb'/%s \[([\d ]+)\]' % key, head)[1].split()))


def _read_number(head, key):
    return int(re.search(rb'/%s (\d+)\b(?! \d+ R)' % key, head)[1])


def _inflate(head, stream):
    """Return what a stream holds, which is packed the common way."""
    if b'/FlateDecode' not in head or b'/DecodeParms' in head:
        raise ValueError("packed in another way")
    begin = re.match(rb'\s*stream\r?\n', stream).end()
    return zlib.decompress(stream[begin:begin + _read_number(head, b'Length')])


def _unpack(head, stream):
    """Return {number: (head, stream)} of objects that were packed into a stream."""
    data, first = _inflate(head, stream), _read_number(head, b'First')
    numbers = list(map(int, data[:first].split()))
    places = [*(first + place for place in numbers[1::2]), len(data)]
    return {number: (data[places[index]:places[index + 1]], b'')
            for index, number in enumerate(numbers[::2])}


class _Target:
    """The file that grows."""

    def __init__(self):
        self._parts, self._places, self._size = [], {}, 0
        self._pages, self._known, self._next = [], {}, _PAGES + 1
        self._write(b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n')

    def _write(self, part):
        self._parts.append(part)
        self._size += len(part)

    def _put(self, number, body):
        self._places[number] = self._size
        self._write(b'%d 0 obj\n' % number + body + b'\nendobj\n')

    def add(self, source):
        """Copy the pages of a file and all that they need."""
        numbers, pages = {}, set(source.pages)
        waiting = [(page, self._number(page, numbers)) for page in source.pages]
        self._pages += [number for _page, number in waiting]
        while waiting:
            old, new = waiting.pop()
            head, stream = source.objects[old]
            if old in pages:
                head = _TAGS.sub(b'', _PARENT.sub(b'', head))

            def renumber(token):
                if not token[1]:
                    return token[0]
                name = int(token[1])
                if name not in numbers:
                    twin = self._find_twin(source.objects.get(name, (b'null', b'')), name, numbers)
                    if not twin:
                        waiting.append((name, self._number(name, numbers)))
                return b'%d 0 R' % numbers[name]
            head = _TOKEN.sub(renumber, head)
            if old in pages:
                head = head.replace(b'<<', b'<</Parent %d 0 R ' % _PAGES, 1)
            self._put(new, head + stream)

    def _number(self, old, numbers):
        numbers[old] = self._next
        self._next += 1
        return numbers[old]

    def _find_twin(self, content, name, numbers):
        """Use the same object of an earlier file, such as a font or a logo."""
        if not content[1] or any(token[1] for token in _TOKEN.finditer(content[0])):
            return False
        if content in self._known:
            numbers[name] = self._known[content]
            return True
        self._known[content] = self._next     # the number that it is about to get
        return False

    def finish(self):
        kids = b' '.join(b'%d 0 R' % page for page in self._pages)
        self._put(_PAGES, b'<</Type /Pages /Count %d /Kids [%s]>>' % (len(self._pages), kids))
        self._put(_CATALOG, b'<</Type /Catalog /Pages %d 0 R>>' % _PAGES)
        begin = self._size
        rows = b''.join(b'%010d 00000 n \n' % self._places[number]
                        for number in range(1, self._next))
        self._write(b'xref\n0 %d\n0000000000 65535 f \n' % self._next + rows)
        self._write(b'trailer\n<</Size %d /Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n' % (
            self._next, _CATALOG, begin))
        return b''.join(self._parts)
