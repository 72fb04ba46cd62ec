"""The lint of translations: what is too long for where it stands, what Odoo says otherwise."""
import polib
import pytest

from dev import core_words, tight_texts, translations
from dev.ground import place

MODEL = """
from odoo import fields, models

STATES = [('new', "New")]

class Order(models.Model):
    _name = 'shop.order'
    state = fields.Selection(STATES)
    stage_id = fields.Many2one('shop.stage', "Stage")
    line_ids = fields.One2many('shop.line', 'order_id')

class Line(models.Model):
    _name = 'shop.line'
    order_id = fields.Many2one('shop.order')
    state = fields.Selection(related='order_id.state')
    days = fields.Integer()
    note = fields.Char()

class More(models.Model):
    _inherit = 'shop.line'
    level = fields.Selection([('a', "A")])
"""
VIEWS = """<odoo>
<record id="view" model="ir.ui.view">
<field name="model">shop.order</field><field name="arch" type="xml">
  <form>
    <button name="go" string="Go"/> <widget name="web_ribbon" title="Over"/>
    <field name="stage_id" widget="badge"/> <field name="note" string="Only a label"/>
    <field name="line_ids"><list>
      <field name="state" widget="badge"/> <field name="days" width="60px"/>
      <field name="note" string="What was said"/> <field name="level" column_invisible="1"/>
    </list></field>
  </form></field></record>
<template id="page"><p>Text</p><a class="btn btn-primary"><i class="fa"/> Pay</a></template>
</odoo>"""


def _field(name):
    return f"model:ir.model.fields,field_description:shop.field_{name}"


@pytest.fixture(scope='module')
def limits(tmp_path_factory):
    """Return the limits of an addon that has one text of each kind."""
    folder = tmp_path_factory.mktemp('shop')
    (folder / 'models.py').write_text(MODEL)
    (folder / 'views.xml').write_text(VIEWS)
    arch = 'model_terms:ir.ui.view,arch_db:shop.view'
    value = 'model:ir.model.fields.selection,name:shop.selection__shop'
    source = [polib.POEntry(msgid=text, occurrences=[(place, '')]) for text, place in (
        ("Go", arch), ("Over", arch), ("Only a label", arch), ("What was said", arch),
        ("Text", arch), ("<i class=\"fa\"/> Pay", arch), ("New", f"{value}_order__state__new"),
        ("A", f"{value}_line__level__a"), ("Open", 'model:shop.stage,name:shop.stage_open'),
        ("Days", _field('shop_line__days')), ("Level", _field('shop_line__level')),
        ("Shop", 'model:ir.ui.menu,name:shop.menu'))]
    return tight_texts.get_limits(folder, source)


def test_kinds(limits):
    """Each text with little room is known by what shows it, and no other text is."""
    assert {text: where for text, (_limit, where) in limits.items()} == {
        "Go": "button", "Over": "ribbon", "What was said": "column", "Days": "column",
        "<i class=\"fa\"/> Pay": "button", "New": "badge", "Open": "badge", "Shop": "menu"}


@pytest.mark.parametrize('source, translation, allowed', [
    ("Go", "x" * 24, True), ("Go", "x" * 25, False),
    ("Go", "", True),                               # not translated
    ("Days", "Tage", True), ("Days", "Verspätung", False),
    ("What was said", "x" * 24, True), ("What was said", "x" * 25, False),
    ("Only a label", "x" * 100, True)])
def test_length(limits, source, translation, allowed):
    """A translation is as long as its place allows, and not one character longer."""
    entry = polib.POEntry(msgid=source, msgstr=translation)
    assert bool(list(tight_texts.find_too_long([entry], 'de', limits))) is not allowed


def test_exception(limits, monkeypatch):
    """An exception holds for its language alone."""
    monkeypatch.setitem(tight_texts.EXCEPTIONS, ('de', "Go"), "for a test")
    entry = polib.POEntry(msgid="Go", msgstr="x" * 30)
    assert [len(list(tight_texts.find_too_long([entry], lang, limits)))
            for lang in ('de', 'fr')] == [0, 1]


@pytest.mark.parametrize('word, place, translation, found', [
    ("Customer", 'model:ir.model.fields,field_description:x.field_a__b', "Kunde", 0),
    ("Customer", 'model:ir.model.fields,field_description:x.field_a__b', "Abnehmer", 1),
    ("Customer", 'model:ir.model.fields,field_description:x.field_a__b', "", 0),
    ("Customer", 'model_terms:ir.ui.view,arch_db:x.letter_page', "Abnehmer", 0),   # our glossary
    ("Customer", 'code:addons/x/models/a.py', "Abnehmer", 0),                     # no label
    ("Debtor", 'model:ir.model.fields,field_description:x.field_a__b', "Schuldner", 0),
    ("Left", 'model:ir.model.fields,field_description:x.field_a__b', "Frei", 0)])
def test_core_words(word, place, translation, found):
    """What Odoo has a word for has that word, except where Odoo means something else."""
    entry = polib.POEntry(msgid=word, msgstr=translation, occurrences=[(place, '')])
    theirs = {"Customer": {"Kunde", "Kundin"}, "Left": {"Links"}}
    assert len(list(core_words.find_other_words(
        [entry], 'de', theirs, lambda name: 'letter_' in name))) == found


@pytest.mark.parametrize('lang, done, found', [
    ('de', 100, 0), ('pl', 99, 1),                  # whoever adds a text adds it everywhere
    ('cs', translations.LEAST, 0), ('cs', translations.LEAST - 1, 1)])
def test_share(lang, done, found):
    """A complete language stays complete; the others do not become less."""
    source = [polib.POEntry(msgid=f"Text {number}") for number in range(100)]
    entries = [polib.POEntry(msgid=f"Text {number}", msgstr="x" if number < done else "")
               for number in range(100)]
    path = place.ROOT / 'smart_dunning' / 'i18n' / f'{lang}.po'
    assert len(list(translations._check_share(entries, path, source))) == found


@pytest.mark.parametrize('place_, found', [
    ('model:ir.ui.menu,name:x.menu', 1), ('model:ir.model.fields.selection,name:x.a__b__c', 1),
    ('model:ir.model.fields,field_description:x.field_a__b', 1),
    ('model:ir.actions.act_window,name:x.action', 1),
    ('model:ir.model.fields,help:x.field_a__b', 0), ('code:addons/x/models/a.py', 0)])
def test_labels(place_, found):
    """A label is there in every language, a help text or a message may be missing."""
    source = [polib.POEntry(msgid="To allocate", occurrences=[(place_, '')])]
    done = [polib.POEntry(msgid="To allocate", msgstr="x")]
    assert len(list(translations._check_labels([], source, {}))) == found
    assert not list(translations._check_labels(done, source, {}))
    assert len(list(translations._check_labels([], source, {"To allocate": (24, "button")}))) == 1
