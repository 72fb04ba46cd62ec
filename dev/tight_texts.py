"""Texts with little room: buttons, badges, ribbons, menus, titles of columns.

Which texts those are is read from the views of an addon and, for fields, from its models: whoever
adds a button or a badge has it checked without more. A translation may be longer than its source,
but not so long that it breaks the screen.
"""

import ast
import re
from collections import defaultdict

from lxml import etree

#: A text may have this many characters whatever its source has, …
ROOM = 24
#: … or this many times as many as its source.
STRETCH = 1.6
#: Width of a character in the title of a column, and what of a column is no title, in pixels.
CHARACTER, PADDING = 6.0, 10
#: {(language, source): why its translation may be longer}
EXCEPTIONS = {
    **dict.fromkeys(
        [('es', "Final demand"), ('pl', "Final demand")],
        "the term of the law, as the letter is titled; a list cuts the badge, pointing shows all"),
    ('pl', "To Approve"): "Odoo's own word, one character longer than its column",
}

#: What shows the value of a field in a small coloured box or in a row of such boxes.
_BOXES = ('badge', 'dunning_level', 'label_selection', 'selection_badge', 'statusbar')
_TAG = re.compile(r'<[^>]*>')


def find_too_long(entries, lang, limits):
    """Yield what is wrong with translations: (polib entries, code, result of `get_limits`)."""
    for entry in entries:
        limit, where = limits.get(entry.msgid, (None, None))
        length = len(measure(entry.msgstr))
        if limit and length > limit and (lang, entry.msgid) not in EXCEPTIONS:
            yield (f"{length} characters, but {limit} have room as {where}: "
                   f"{entry.msgid!r}: {entry.msgstr!r}")


def measure(text):
    """Return a text as it stands on the screen, without tags and needless space.

    >>> measure("<i class='fa fa-lock'/>  On hold ")
    'On hold'
    """
    return ' '.join(_TAG.sub(' ', text).split())


def get_limit(source, width=None):
    """Return how many characters the translation of a source may have.

    In a column with a width (pixels), what fits it; what does not fit in English either is cut
    anyway, and shown whole when somebody points at it.

    >>> get_limit("Print"), get_limit("Payments to allocate by hand"), get_limit("Days", width=55)
    (24, 44, 7)
    """
    length = len(measure(source))
    if width:
        return max(length, int((width - PADDING) / CHARACTER))
    return max(ROOM, int(STRETCH * length))


def get_limits(folder, source):
    """Return {source text: (longest translation, what shows it)} of an addon.

    Its folder and the entries of its .pot file are given; the place with the least room counts.
    """
    by_text, by_name = _read_views(folder)
    limits = {}
    for entry in source:
        rooms = list(by_text.get(measure(entry.msgid), ()))
        for name, _line in entry.occurrences:
            rooms += _find_rooms(name, by_name)
        if rooms:
            limits[entry.msgid] = min(
                (get_limit(entry.msgid, width), where) for where, width in rooms)
    return limits


def _find_rooms(occurrence, by_name):
    """Return the rooms of what a line `#:` of a .pot file names.

    >>> key = 'model:ir.model.fields.selection,name:selection__a_b__state'
    >>> _find_rooms('model:ir.model.fields.selection,name:x.selection__a_b__state__new',
    ...             {key: {("badge", None)}})
    [('badge', None)]
    """
    kind, _, name = occurrence.rpartition(':')
    name = name.partition('.')[2]
    if kind == 'model:ir.ui.menu,name':
        return [("menu", None)]
    if kind == 'model:ir.model.fields.selection,name':
        name = name.rpartition('__')[0]
    elif kind.startswith('model:') and kind.endswith(',name'):
        name = ''               # any record of the model
    return list(by_name.get(f"{kind}:{name}", ()))


def _read_views(folder):
    """Return what has little room: by its text, and by its name in `#:` lines."""
    by_text, by_name = defaultdict(set), defaultdict(set)
    models = Models(folder)
    for path in sorted(folder.rglob('*.xml')):
        if {'demo', 'tests'} & set(path.parts):
            continue
        root = etree.parse(str(path)).getroot()
        for text in _read_web(root):
            by_text[text].add(("button", None))
        for record in root.iterfind('.//record[@model="ir.ui.view"]'):
            model = record.findtext('field[@name="model"]')
            arch = record.find('field[@name="arch"]')
            for node in arch if arch is not None else ():
                _read_node(node, model, models, by_text, by_name)
    return by_text, by_name


def _read_web(root):
    """Yield the texts of buttons and badges on web pages and in components."""
    for node in root.iter('button', 'a', 'span'):
        classes = node.get('class', '').split()
        if node.tag == 'button' or {'btn', 'badge'} & set(classes):
            text = measure(etree.tostring(node, encoding='unicode', with_tail=False))
            if text:
                yield text


def _read_node(node, model, models, by_text, by_name):
    """Take up what a node of a view, and those in it, show with little room."""
    for inner in node:
        _read_node(inner, _get_model(node, model, models), models, by_text, by_name)
    if node.tag == 'button' and node.get('string'):
        by_text[measure(node.get('string'))].add(("button", None))
    elif node.tag == 'widget' and node.get('name') == 'web_ribbon':
        by_text[measure(node.get('title', ''))].add(("ribbon", None))
    elif node.tag == 'span' and 'o_stat_text' in node.get('class', ''):
        by_text[measure(node.text or '')].add(("button", None))
    elif node.tag == 'field' and node.get('name') and node.get('invisible') != '1':
        _read_field(node, model, models, by_text, by_name)


def _get_model(node, model, models):
    """Return the model of the nodes within a node."""
    inner = re.match(r'//field\[@name=.(\w+).\]/', node.get('expr', ''))
    if inner or node.tag == 'field' and not node.get('position'):
        return models.get(model, inner[1] if inner else node.get('name')).get('comodel')
    return model


def _read_field(node, model, models, by_text, by_name):
    """Take up the title and the values of a field that a view shows."""
    name, widget = node.get('name'), node.get('widget')
    title = None
    if widget == 'statinfo':
        title = ("button", None)
    elif _is_column(node):
        width = re.fullmatch(r'(\d+)px', node.get('width', ''))
        title = ("column", int(width[1]) if width else None)
    if title:
        by_text[measure(node.get('string', ''))].add(title)
        if not node.get('string') and model:
            label = f"field_{model.replace('.', '_')}__{name}"
            by_name[f"model:ir.model.fields,field_description:{label}"].add(title)
    if widget in _BOXES:
        model, name, field = models.follow(model, name)
        if field.get('type') == 'Many2one':
            by_name[f"model:{field['comodel']},name:"].add((widget, None))
        elif model:
            values = f"selection__{model.replace('.', '_')}__{name}"
            by_name[f"model:ir.model.fields.selection,name:{values}"].add((widget, None))


def _is_column(node):
    """Tell whether a field is a column of a list; those who extend one name a place in it."""
    outer = node.getparent()
    if outer.tag == 'list':
        return node.get('column_invisible') not in ('1', 'True') and node.get('nolabel') != '1'
    return outer.tag == 'xpath' and bool(re.match(
        r'//list|//field\[@name=.\w+.\]/list', outer.get('expr', '')))


class Models:
    """The fields of the models of an addon, as its Python files declare them."""

    def __init__(self, folder):
        self._fields = defaultdict(dict)
        self._parents = defaultdict(set)
        for path in sorted(folder.rglob('*.py')):
            if 'tests' not in path.parts:
                for node in ast.parse(path.read_text(encoding='utf-8')).body:
                    if isinstance(node, ast.ClassDef):
                        self._read_class(node)

    def _read_class(self, node):
        values = {target.id: statement.value for statement in node.body
                  if isinstance(statement, ast.Assign) for target in statement.targets
                  if isinstance(target, ast.Name)}
        parents = [item.value for item in ast.walk(values.get('_inherit', ast.Pass()))
                   if isinstance(item, ast.Constant)]
        own = values.get('_name')
        model = own.value if isinstance(own, ast.Constant) else parents[0] if parents else None
        self._parents[model].update(parents)
        for name, value in values.items():
            if isinstance(value, ast.Call) and getattr(value.func, 'value', None) is not None \
                    and getattr(value.func.value, 'id', None) == 'fields':
                self._fields[model].setdefault(name, {}).update(self._read_call(value))

    @staticmethod
    def _read_call(call):
        """Return what the declaration of a field says about what it shows."""
        words = {word.arg: word.value.value for word in call.keywords
                 if isinstance(word.value, ast.Constant)}
        first = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None
        kind = call.func.attr
        comodel = words.get('comodel_name') or (first if kind.endswith('2one') or '2many' in kind
                                                else None)
        return {key: value for key, value in (
            ('type', kind), ('comodel', comodel), ('related', words.get('related'))) if value}

    def get(self, model, name, seen=()):
        """Return what is known of a field; nothing of one that is not ours."""
        if name in self._fields.get(model, ()):
            return self._fields[model][name]
        for parent in self._parents.get(model, ()):
            if parent not in (model, *seen):
                field = self.get(parent, name, (*seen, model))
                if field:
                    return field
        return {}

    def follow(self, model, name):
        """Return (model, name, what is known) of the field that holds the value."""
        field = self.get(model, name)
        if not field.get('related'):
            return model, name, field
        *way, last = field['related'].split('.')
        for step in way:
            model = self.get(model, step).get('comodel')
        return self.follow(model, last) if model else (None, last, {})
