import hashlib
from collections import defaultdict

from lxml import etree

from odoo import api, fields, models
from odoo.tools import file_open
from odoo.tools.translate import get_po_paths, translation_file_reader

from ...logic import shipped

TEXTS = ('subject', 'body_html', 'letter_text', 'letter_closing', 'call_script')
_FILE = 'smart_dunning/data/dunning_policy_data.xml'
_BASE = 'en_US'


class DunningLevel(models.Model):
    """The texts of this release for levels that came with the addon.

    An upgrade leaves texts alone. What is remembered of each tells later whether somebody has
    changed it.
    """

    _inherit = 'dunning.level'

    shipped_digests = fields.Json(
        readonly=True, copy=False,
        help="Of the shipped texts as they were loaded: {text: {language: digest}}.")

    @api.model
    def _get_shipped_levels(self):
        """Return {level: its name in the data files} of the levels that came with the addon."""
        rows = self.env['ir.model.data'].sudo().search([
            ('module', '=', 'smart_dunning'), ('model', '=', self._name)])
        levels = self.with_context(active_test=False).search([('id', 'in', rows.mapped('res_id'))])
        names = {row.res_id: row.name for row in rows}
        return {level: names[level.id] for level in levels}

    @api.model
    def _read_shipped_texts(self):
        """Return {name in the data files: {text: {language: value}}} of this release."""
        with file_open(_FILE, 'rb') as file:
            root = etree.parse(file)
        words = {code: self._read_shipped_words(code)
                 for code, _label in self.env['res.lang'].get_installed() if code != _BASE}
        result = defaultdict(dict)
        for node in root.iterfind(".//record[@model='dunning.level']/field"):
            name = node.get('name')
            if name in TEXTS:
                result[node.getparent().get('id')][name] = self._translate_shipped(
                    name, self._read_shipped_field(name, node), words)
        return result

    @api.model
    def _read_shipped_field(self, name, node):
        """Return a text of the data file as the database would keep it."""
        text = node.text or ''
        if node.get('type') == 'html':
            text += ''.join(etree.tostring(child, encoding='unicode') for child in node)
        return str(self.new({name: text.strip()})[name] or '').strip()

    @api.model
    def _read_shipped_words(self, lang):
        """Return {English: translation} of the texts of levels."""
        words = {}
        for path in get_po_paths('smart_dunning', lang):
            with file_open(path, 'rb') as file:
                words |= {
                    row['src']: row['value'] for row in translation_file_reader(
                        file, fileformat='po', module='smart_dunning')
                    if row['value'] and (row.get('name') or '').startswith(f'{self._name},')}
        return words

    @api.model
    def _translate_shipped(self, name, text, words):
        """Return {language: text} of a shipped text."""
        translate = self._fields[name].translate
        return {_BASE: text} | {
            lang: translate(known.get, text) if callable(translate) else known.get(text, text)
            for lang, known in words.items()}

    def _get_texts(self, name):
        """Return {language: text} of what the level says."""
        self.ensure_one()
        return {code: str(self.with_context(lang=code)[name] or '')
                for code, _label in self.env['res.lang'].get_installed()}

    @api.model
    def _compare_shipped(self):
        """Return [(level, text, verdict, {language: value this release ships})]; see `logic`."""
        texts, found = self._read_shipped_texts(), []
        for level, key in self._get_shipped_levels().items():
            for name, values in texts.get(key, {}).items():
                current = level._get_texts(name)
                values = {lang: values[lang] for lang in current if lang in values}
                current = {lang: current[lang] for lang in values}
                found.append((level, name, shipped.judge(
                    _digest(current), _digest(values),
                    (level.shipped_digests or {}).get(name, {})), values))
        return found

    @api.model
    def _remember_shipped(self):
        """Remember the texts that are what this release ships."""
        remembered = defaultdict(dict)
        for level, name, verdict, values in self._compare_shipped():
            if verdict == shipped.SAME:
                remembered[level][name] = _digest(values)
        for level, digests in remembered.items():
            merged = {**(level.shipped_digests or {}), **digests}
            if merged != level.shipped_digests:
                level.sudo().shipped_digests = merged

    def _load_shipped(self, name, values):
        """Take a text of this release, in each language."""
        self.ensure_one()
        for lang, text in sorted(values.items(), key=lambda item: item[0] != _BASE):
            self.with_context(lang=lang)[name] = text
        self.flush_recordset()
        self.sudo().shipped_digests = {
            **(self.shipped_digests or {}), name: _digest(self._get_texts(name))}


def _digest(texts):
    """Return {language: digest}; the same space is kept in two ways, as it was loaded or typed."""
    return {
        lang: hashlib.sha256(text.replace('&nbsp;', '\xa0').encode()).hexdigest()[:16]
        for lang, text in texts.items()}
