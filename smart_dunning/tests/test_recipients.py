from odoo.fields import Command
from odoo.tests import tagged

from .common import DunningCommon, day


@tagged('post_install', '-at_install')
class TestRecipients(DunningCommon):
    """Whom a letter goes to, and by which addresses, however they were typed."""

    def _contact(self, **values):
        return self.env['res.partner'].create({
            'name': "Contact", 'parent_id': self.customer.id, 'type': 'invoice', **values})

    def _get(self):
        run = self.env['dunning.run'].create({'company_id': self.company.id, 'date': day(0)})
        found = run._get_contacts(self.customer.ids)[self.customer.id]
        return found['recipient_id'], found['email'], found['email_ok']

    def test_addresses_as_they_are_typed(self):
        self.env['mail.blacklist'].sudo()._add("blocked@x.example")
        for typed, email, is_ok in (
            ("a@x.example", "a@x.example", True),
            ("Anna <A@X.example>", "a@x.example", True),
            (" a@x.example ; b@x.example", "a@x.example, b@x.example", True),
            ("a@x.example, A@x.example", "a@x.example", True),
            ("a@x.example, not one", "a@x.example", True),
            ("a@x.example, blocked@x.example", "a@x.example", True),
            ("Blocked@x.example", "Blocked@x.example", False),
            ("not one", "not one", False),
            (False, False, False),
        ):
            with self.subTest(typed=typed):
                self.customer.email = typed
                recipient, found, found_ok = self._get()
                self.assertEqual((recipient, found_ok), (self.customer.id, is_ok))
                self.assertEqual(found or False, email)

    def test_who_is_written_to(self):
        self.assertEqual(self._get()[0], self.customer.id)
        archived = self._contact(email="old@x.example", active=False)
        other = self._contact(email="other@x.example", type='other')
        self.assertEqual(self._get()[0], self.customer.id)
        first, second = self._contact(email=False), self._contact(email="second@x.example")
        # Without an address of its own, a contact is reached by that of the customer.
        self.assertEqual(self._get(), (first.id, "anna@example.com", True))
        self.customer.dunning_contact_id = second
        self.assertEqual(self._get(), (second.id, "second@x.example", True))
        self.assertNotIn(self._get()[0], (archived | other).ids)

    def test_bounces_count_of_the_address_that_is_used(self):
        contact = self._contact(email="contact@x.example", message_bounce=1)
        self.assertEqual(self._get()[::2], (contact.id, False))
        contact.message_bounce, self.customer.message_bounce = 0, 1
        self.assertTrue(self._get()[2])
        contact.email = False
        self.assertFalse(self._get()[2])

    def test_mail_goes_to_each_address_once(self):
        contact = self._contact(email="A@x.example; b@x.example, a@x.example", name="An, na")
        self._invoice(due=day(-30))
        run = self.env['dunning.run'].create({'company_id': self.company.id, 'date': day(0)})
        run.action_plan()
        letter = run.letter_ids
        self.assertEqual(letter.recipient_id, contact)
        values = letter._prepare_mail_values()
        self.assertEqual(values['email_to'], '"An, na" <a@x.example>, "An, na" <b@x.example>')
        self.assertEqual(values['partner_ids'], [Command.link(contact.id)])
        self.assertNotIn('recipient_ids', values)
        mail = self.env['mail.mail'].sudo().create(values)
        lists = mail._prepare_outgoing_list()
        self.assertEqual([sorted(one['email_to_normalized']) for one in lists],
                         [['a@x.example', 'b@x.example']])
