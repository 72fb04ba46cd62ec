from odoo import models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, is_html_empty

#: Without which a channel would send an empty page; others need a subject.
_NEEDED = {
    'email': ('subject', 'body_html', 'letter_text'),
    'print': ('subject', 'letter_text'),
    'call': ('call_script',),
}
#: What customers read of a level.
_OF_CUSTOMERS = ('subject', 'body_html', 'letter_text', 'letter_closing')
_SHIPPED = 'smart_dunning.dunning_level_business_%s'
_MOST_SHIPPED = 5


class DunningLevel(models.Model):
    """A level never goes out without words: it takes those of its neighbour at first."""

    _inherit = 'dunning.level'

    def _get_missing_texts(self):
        """Return the names of the texts that the channel of the level needs and that are empty."""
        self.ensure_one()
        return [name for name in _NEEDED.get(self.channel, ('subject',))
                if is_html_empty(self[name] or '')]

    def _fill_texts(self):
        """Give levels the texts they lack, in all languages.

        Those of the nearest level of the policy, the one before first; else those of the shipped
        level of the same position. Nothing is filled in where there is nothing to take.
        """
        for level in self:
            for name in level._get_missing_texts():
                source = level._find_text_source(name)
                if source:
                    level._copy_text(source, name)

    def _find_text_source(self, name):
        """Return the level to take a text from, empty without one."""
        self.ensure_one()
        others = (self.policy_id.with_context(active_test=False).level_ids - self).filtered(
            lambda level: not is_html_empty(level[name] or '')
            and level.is_prenotice == self.is_prenotice)
        if others:
            return others.sorted(lambda level: (
                level.position > self.position, abs(level.position - self.position)))[:1]
        for position in range(min(self.position, _MOST_SHIPPED), 0, -1):
            shipped = self.env.ref(_SHIPPED % position, raise_if_not_found=False)
            if shipped and not is_html_empty(shipped.sudo()[name] or ''):
                return shipped.sudo()
        return self.browse()

    def _copy_text(self, source, name):
        """Take a text of another level, as it is in each language."""
        for code, _label in self.env['res.lang'].get_installed():
            text = source.with_context(lang=code)[name]
            if not is_html_empty(text or ''):
                self.with_context(lang=code)[name] = text

    def _get_lacking_langs(self):
        """Return {id: languages that customers of the level cannot be written to in}.

        One of its texts is missing in them, so that English would stand in the middle of a letter.
        """
        lacking = {level_id: set() for level_id in self._origin._ids}
        langs = {code for code, _label in self.env['res.lang'].get_installed()
                 if not code.startswith('en')}
        if not langs or not lacking:
            return lacking
        rows = self.env.execute_query(SQL(
            "SELECT id, %s FROM dunning_level WHERE id = ANY(%s)",
            SQL(", ").join(
                SQL.identifier(name, to_flush=self._fields[name]) for name in _OF_CUSTOMERS),
            list(lacking)))
        for level_id, *texts in rows:
            for text in texts:
                if not is_html_empty((text or {}).get('en_US') or ''):
                    lacking[level_id] |= langs - text.keys()
        return lacking

    def _check_texts(self, names):
        """Refuse a level whose texts were emptied: its customers would get an empty page.

        :param names: the texts that were written
        """
        for level in self:
            missing = [name for name in level._get_missing_texts() if name in names]
            if missing:
                raise ValidationError(self.env._(
                    "Level %(level)s says nothing: please enter its texts (%(texts)s).",
                    level=level.name, texts=", ".join(
                        self._fields[name]._description_string(self.env) for name in missing)))
