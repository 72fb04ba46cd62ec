import ast
import re
from pathlib import Path

import polib
from lxml import etree

from odoo.tests import BaseCase, tagged

MODULE = Path(__file__).parents[1]

#: What a room may know of: an arrow is followed, never reversed.
ARROWS = {
    'policy': set(),
    'item': {'policy'},
    'paper': {'policy'},
    'pause': {'policy', 'item', 'paper'},
    'claim': {'policy', 'item', 'pause'},
    'risk': {'policy', 'item', 'pause'},
    'run': {'policy', 'item', 'paper', 'pause', 'claim'},
    'debtor': {'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run'},
    'hold': {'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run', 'debtor'},
    'insight': {
        'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run', 'debtor', 'hold', 'gate'},
    'handover': {
        'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run', 'debtor', 'hold', 'gate'},
    'gate': {'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run', 'debtor', 'hold'},
    'remote': {
        'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run', 'debtor', 'hold', 'gate',
        'insight', 'handover'},
    'portal': {
        'policy', 'item', 'paper', 'pause', 'claim', 'risk', 'run', 'debtor', 'hold', 'gate'},
}
ROOM_OF_MODEL = {
    'dunning.system.record': 'policy',
    'dunning.policy': 'policy', 'dunning.level': 'policy', 'dunning.pause': 'pause',
    'dunning.pause.reason': 'pause', 'dunning.agreement': 'pause', 'dunning.dispute': 'pause',
    'dunning.installment.plan': 'pause', 'dunning.installment': 'pause',
    'dunning.dispute.stage': 'pause', 'dunning.promise': 'pause',
    'dunning.rate': 'claim', 'dunning.claim.rule': 'claim', 'dunning.charge': 'claim',
    'dunning.claim': 'claim',
    'dunning.waiver': 'claim',
    'dunning.item': 'item',
    'dunning.document': 'paper',
    'dunning.risk': 'risk', 'dunning.risk.pattern': 'risk', 'dunning.risk.class': 'risk',
    'dunning.credit.check': 'risk', 'dunning.forecast': 'risk',
    'dunning.snapshot': 'insight', 'dunning.forecast.week': 'insight',
    'dunning.ledger.days': 'insight',
    'dunning.open.report': 'insight', 'dunning.dashboard': 'insight',
    'dunning.report': 'insight',
    'dunning.event': 'insight', 'dunning.held.report': 'insight', 'dunning.notice': 'insight',
    'dunning.ageing.report': 'insight',
    'dunning.recovery.report': 'insight',
    'dunning.payment.report': 'insight', 'dunning.promise.report': 'insight',
    'dunning.dispute.report': 'insight', 'dunning.charge.report': 'insight',
    'dunning.limit.report': 'insight',
    'dunning.run': 'run', 'dunning.letter': 'run', 'dunning.letter.line': 'run',
    'dunning.omission': 'run', 'dunning.debtor': 'debtor', 'dunning.debtor.change': 'debtor',
    'dunning.hold.rule': 'hold', 'dunning.hold': 'hold', 'dunning.release': 'hold',
    'dunning.release.use': 'hold', 'dunning.release.inquiry': 'hold',
    'dunning.limit.change': 'hold', 'dunning.hold.check': 'hold',
    'dunning.hold.lock': 'hold', 'dunning.held.delivery': 'gate',
    'dunning.hold.document': 'gate', 'dunning.answer': 'portal',
    'dunning.statement': 'run',
    'dunning.agency': 'handover', 'dunning.agency.column': 'handover',
    'dunning.handover': 'handover', 'dunning.handover.line': 'handover',
    'dunning.handover.point': 'handover', 'dunning.handover.fact': 'handover',
    'dunning.handover.analysis': 'insight',
    'dunning.remote': 'remote', 'dunning.remote.call': 'remote',
}


@tagged('post_install', '-at_install')
class TestArchitecture(BaseCase):
    """The rooms and their arrows, as the design draws them."""

    def _get_files(self, room):
        return sorted((MODULE / 'models' / room).glob('*.py'))

    def test_rooms_follow_the_arrows(self):
        for room, inner in ARROWS.items():
            known = inner | {room}
            for path in self._get_files(room):
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Constant) and node.value in ROOM_OF_MODEL:
                        with self.subTest(file=path.name, model=node.value):
                            self.assertIn(ROOM_OF_MODEL[node.value], known)
                    if isinstance(node, ast.ImportFrom) and node.level == 2:
                        with self.subTest(file=path.name, imports=node.module):
                            self.assertIn(node.module.split('.')[0], known)

    def test_files_and_functions_are_short(self):
        """What one screen holds is read at once: 400 lines a file, 40 a function."""
        for path in MODULE.rglob('*.py'):
            source = path.read_text()
            with self.subTest(file=path.name):
                self.assertLessEqual(source.count('\n'), 400)
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.FunctionDef):
                    with self.subTest(file=path.name, function=node.name):
                        self.assertLessEqual(node.end_lineno - node.lineno + 1, 40)

    def test_every_room_is_drawn(self):
        rooms = {path.name for path in (MODULE / 'models').iterdir()
                 if path.is_dir() and not path.name.startswith('__')}
        self.assertEqual(rooms, ARROWS.keys())

    def test_no_decision_reads_the_context(self):
        """A context key is in the hands of every remote caller: none may open a door."""
        pattern = re.compile(
            r"context(\.get\(|\[)'(?!lang|active_|uid|tz|dunning_item_names|dunning_with_)")
        for path in (MODULE / 'models').rglob('*.py'):
            with self.subTest(file=path.name):
                self.assertNotRegex(path.read_text(), pattern)

    def test_catalogues_know_the_shipped_texts(self):
        """A catalogue exported from a database with older texts loses the translation of ours."""
        shipped = etree.parse(MODULE / 'data' / 'dunning_policy_data.xml')
        texts = {
            f"model:dunning.level,{field.get('name')}:smart_dunning.{field.getparent().get('id')}":
            field.text for field in shipped.iterfind("record[@model='dunning.level']/field")
            if field.get('name') in ('name', 'subject')}
        for lang in ('de', 'fr'):
            known = {
                place: entry for entry in polib.pofile(MODULE / 'i18n' / f'{lang}.po')
                for place, _line in entry.occurrences}
            for place, text in texts.items():
                with self.subTest(lang=lang, text=place):
                    self.assertIn(place, known)
                    self.assertEqual(known[place].msgid, text)
                    self.assertTrue(known[place].msgstr)

    def _walk_functions(self):
        for path in [*(MODULE / 'models').rglob('*.py'), *(MODULE / 'wizards').rglob('*.py')]:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.FunctionDef):
                    yield path, node

    def test_every_button_returns_a_value(self):
        """XML-RPC cannot carry None: a caller would get an error for what was done."""
        for path, function in self._walk_functions():
            if not function.name.startswith('action_'):
                continue
            with self.subTest(file=path.name, action=function.name):
                self.assertIsInstance(function.body[-1], ast.Return | ast.Raise)
                for node in ast.walk(function):
                    if isinstance(node, ast.Return):
                        self.assertFalse(
                            node.value is None
                            or isinstance(node.value, ast.Constant) and node.value.value is None)

    def test_every_note_is_escaped(self):
        """Notes of activities are HTML: names and answers from outside go through one helper."""
        for path, function in self._walk_functions():
            for node in ast.walk(function):
                if not isinstance(node, ast.Call) or getattr(
                        node.func, 'attr', '') != 'activity_schedule':
                    continue
                for keyword in node.keywords:
                    if keyword.arg == 'note':
                        with self.subTest(file=path.name, function=function.name):
                            self.assertEqual(
                                getattr(getattr(keyword.value, 'func', None), 'id', ''), 'to_note')

    def test_every_activity_speaks_to_its_reader(self):
        """The nightly jobs have no language: without one, activities were English for everybody."""
        for path, function in self._walk_functions():
            source = ast.unparse(function)
            if '.activity_schedule(' in source:
                with self.subTest(file=path.name, function=function.name):
                    self.assertRegex(source, r'speak_to(_clerk)?\(|_get_hold_responsible\(')

    def test_every_view_finds_its_script(self):
        """A view whose `js_class` nobody registers ends in a dialog instead of a screen."""
        known = {
            name for path in MODULE.rglob('static/src/**/*.js') for name in re.findall(
                r'category\("views"\)\s*\.add\(\s*"([^"]+)"', path.read_text(encoding='utf-8'))}
        for path in MODULE.rglob('*.xml'):
            for name in re.findall(r'js_class="([^"]*)"', path.read_text(encoding='utf-8')):
                with self.subTest(file=path.name):
                    self.assertIn(name, known)
