from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged('post_install', '-at_install')
class TestShippedTexts(TransactionCase):
    """*Load New Texts*: what nobody has changed is chosen, what is somebody's own is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env['res.lang']._activate_lang('de_DE')
        cls.levels = cls.env['dunning.level']
        cls.level = cls.env.ref('smart_dunning.dunning_level_business_2')
        cls.manager = new_test_user(
            cls.env, 'text_manager', groups='smart_dunning.group_dunning_manager')
        # Whatever the database was through before.
        for level, name, _verdict, values in cls.levels._compare_shipped():
            level._load_shipped(name, values)

    def _ship(self, **texts):
        """Let this release ship other texts for a level: {text: {language: value}}."""
        real = self.levels._read_shipped_texts()
        for name, values in texts.items():
            real['dunning_level_business_2'][name] |= values
        self.startPatcher(patch.object(
            type(self.levels), '_read_shipped_texts', lambda _self: real))

    def _open(self):
        action = self.env['dunning.text.load'].with_user(self.manager)._open()
        return self.env[action['res_model']].with_user(self.manager).browse(action['res_id'])

    def test_after_the_installation_nothing_is_new(self):
        verdicts = {verdict for _l, _n, verdict, _v in self.levels._compare_shipped()}
        self.assertEqual(verdicts, {'same'})
        self.assertGreater(len(self.levels._compare_shipped()), 40)
        with self.assertRaisesRegex(UserError, "those of this release"):
            self._open()

    def test_shipped_texts_are_read_as_the_database_keeps_them(self):
        texts = self.levels._read_shipped_texts()['dunning_level_business_2']
        self.assertEqual(texts['body_html']['en_US'], str(self.level.body_html))
        german = str(self.level.with_context(lang='de_DE').body_html)
        self.assertEqual(texts['body_html']['de_DE'], german)
        self.assertNotEqual(german, texts['body_html']['en_US'])
        self.assertIn('t-out="object.', german)

    def test_untouched_text_is_chosen_and_taken_in_all_languages(self):
        self._ship(subject={'en_US': "Better {{ object.name }}",
                            'de_DE': "Besser {{ object.name }}"},
                   letter_text={'en_US': "<p>Better</p>", 'de_DE': "<p>Besser</p>"})
        load = self._open()
        self.assertEqual([(line.level_id, line.text, line.is_touched, line.is_taken)
                          for line in load.line_ids], [
            (self.level, 'subject', False, True), (self.level, 'letter_text', False, True)])
        self.assertEqual(load.line_ids[1].new, "Better")
        load.action_load()
        self.assertEqual(self.level.subject, "Better {{ object.name }}")
        german = self.level.with_context(lang='de_DE')
        self.assertEqual(german.subject, "Besser {{ object.name }}")
        self.assertEqual(str(german.letter_text), "<p>Besser</p>")
        # Known as shipped from now on.
        self.assertFalse([1 for _l, _n, verdict, _v in self.levels._compare_shipped()
                          if verdict != 'same'])

    def test_own_text_is_kept_unless_it_is_given_up(self):
        self.level.with_context(lang='de_DE').letter_text = "<p>Ganz eigen</p>"
        self._ship(subject={'en_US': "Better"}, letter_text={'en_US': "<p>Better</p>"})
        load = self._open()
        own = load.line_ids.filtered('is_touched')
        self.assertEqual((own.text, own.is_taken), ('letter_text', False))
        load.action_load()
        self.assertEqual(self.level.subject, "Better")
        self.assertIn("eigen", self.level.with_context(lang='de_DE').letter_text)
        load = self._open()
        load.line_ids.is_taken = True
        load.action_load()
        self.assertNotIn("eigen", self.level.with_context(lang='de_DE').letter_text)

    def test_text_of_unknown_origin_counts_as_own(self):
        self.level.shipped_digests = False
        self._ship(subject={'en_US': "Better"})
        self.assertTrue(self._open().line_ids.is_touched)

    def test_language_installed_later_changes_nothing(self):
        self.env['res.lang']._activate_lang('fr_FR')
        self._ship(subject={'en_US': "Better", 'fr_FR': "Mieux"})
        self.assertFalse(self._open().line_ids.filtered('is_touched').filtered(
            lambda line: line.text == 'subject'))

    def test_deleted_level_is_left_out(self):
        self._ship(subject={'en_US': "Better"})
        self.level.unlink()
        with self.assertRaises(UserError):
            self._open()

    def test_rights(self):
        self._ship(subject={'en_US': "Better"})
        clerk = new_test_user(self.env, 'text_clerk', groups='smart_dunning.group_dunning_user')
        with self.assertRaises(AccessError):
            self.env['dunning.text.load'].with_user(clerk)._open()
        company = self.env['res.company'].create({'name': "Elsewhere"})
        public = self.env.ref('smart_dunning.dunning_level_public_2')
        public.policy_id.company_id = company
        forged = self.env['dunning.text.load'].with_user(self.manager).create({
            'line_ids': [Command.create({
                'level_id': public.id, 'text': 'subject', 'is_taken': True})]})
        public.subject = "Ours"
        forged.action_load()
        self.assertEqual(public.subject, "Ours")
