import csv
import hashlib
import io
import zipfile
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from ..logic import handover_record
from .handover_common import HandoverCommon


class TestHandoverStory(HandoverCommon):
    """Cases from the last letter to the end."""

    def test_by_hand_to_the_end(self):
        invoice = self._warned(500.0)
        debtor = self.env['dunning.debtor']._get_of(self._terms(invoice))
        wizard = self.env['dunning.handover.make'].with_user(self.clerk).create(
            {'debtor_ids': debtor.ids})
        action = wizard.action_propose()
        case = self.handovers.with_user(self.clerk).browse(action['res_id'])
        self.assertRecordValues(case, [
            {'state': 'proposed', 'agency_id': self.agency.id, 'partner_id': self.customer.id}])
        self.assertFalse(self._codes(case), case.point_ids.mapped('text'))
        self.assertTrue(case.activity_ids)
        case.action_hand_over()
        self.assertRecordValues(case, [{
            'state': 'handed_over', 'amount_principal': 500.0, 'date_handed_over': self.today}])
        self.assertFalse(case.activity_ids)
        self.assertEqual(self._mails(case).mapped('email_to'), [
            '"Anna Adler" <anna@example.com>', '"North Collections" <cases@north.example>'])
        self.assertIn("North Collections", self._mails(case)[0].body_html)
        self.assertIn("North Collections", self._mails(case)[0].mail_message_id.body)
        self.assertEqual(self._mails(case)[1].attachment_ids, case.sudo().package_id)
        run = self._plan(self.today)
        self.assertFalse(run.letter_ids)
        self._pay(invoice, on=self.today)
        self._judge(case)
        self.assertRecordValues(case, [
            {'state': 'closed', 'closed_as': 'paid', 'amount_paid_here': 500.0}])
        self.assertIn("500.00", self._mails(case)[2].body_html)
        self.assertFalse(case.sudo()._get_pauses())

    def test_package_reads_back_as_the_same_record(self):
        invoice = self._warned(500.0)
        self._pay(invoice, 120.0, on=self._day(5))
        case = self._handed_over(invoice)
        with zipfile.ZipFile(io.BytesIO(case.sudo().package_id.raw)) as package:
            manifest = package.read('manifest.xml')
            names = package.namelist()
            record = handover_record.from_xml(manifest)
            files = {one.name: one for one in record.files}
            for name, start in (('statement.pdf', b'%PDF'), ('statement.csv', '\ufeff'.encode())):
                content = package.read(name)
                self.assertTrue(content.startswith(start))
                self.assertEqual(
                    (files[name].kind, files[name].sha256, files[name].size),
                    ('statement', hashlib.sha256(content).hexdigest(), str(len(content))))
            [row] = csv.DictReader(io.StringIO(content.decode('utf-8-sig')), delimiter=';')
            self.assertEqual(
                (row['number'], row['kind'], row['original'], row['open']),
                (invoice.name, 'invoice', '500.00', '380.00'))
        claim = record.claims[0]
        self.assertEqual((claim.original, claim.paid, claim.waived, claim.open),
                         ('500.00', '120.00', '0.00', '380.00'))
        self.assertEqual(handover_record.to_xml(record), manifest)
        self.assertEqual({one.name for one in record.files} | {'manifest.xml'}, set(names))
        self.assertEqual(len(record.letters), 3)
        self.assertTrue(all(one.file in names for one in record.letters))

    def test_automatic_after_the_announcement(self):
        self.company.dunning_active = True
        self.company.dunning_user_id = self.clerk
        self._warned(500.0)
        late = self._warned(70.0, self.other, days=(60, 40, 5))
        self._run_cron('smart_dunning.ir_cron_dunning_handover')
        cases = self.handovers.search([('company_id', '=', self.company.id)])
        self.assertRecordValues(cases, [{
            'partner_id': self.customer.id, 'state': 'proposed', 'is_automatic': True,
            'user_id': self.clerk.id}])
        self.assertTrue(cases.activity_ids)
        self._run_cron('smart_dunning.ir_cron_dunning_handover')
        self.assertEqual(len(self.handovers.search([('company_id', '=', self.company.id)])), 1)
        self.assertFalse(self.env['dunning.handover.line'].search([('move_id', '=', late.id)]))

    def test_who_is_not_ready_lets_others_pass_and_the_cron_end(self):
        self.company.dunning_active = True
        self._warned(500.0, self.other)
        self._warned(70.0, days=(60, 40, 5))
        self.assertLess(self.customer.id, self.other.id)
        commit = patch.object(type(self.env['ir.cron']), '_commit_progress', return_value=1.0)
        with commit:
            for _call in range(2):
                self.handovers._cron_propose(batch_size=1)
        self.assertEqual(
            self.handovers.search([('company_id', '=', self.company.id)]).partner_id, self.other)
        self.assertFalse(self.handovers._find_announced())
        with freeze_time(self._day(-1)):
            found = self.handovers._find_announced()
        self.assertEqual([partner for _company, partner, _items in found], [self.customer])

    def test_what_is_not_ready_takes_no_number(self):
        self.company.dunning_active = True
        first = self._case(self._warned(500.0))
        self._warned(70.0, self.other, days=(60, 40, 5))
        self._run_cron('smart_dunning.ir_cron_dunning_handover')
        second = self._case(self._invoice(self._day(80), 40.0))
        self.assertEqual(int(second.name.split('/')[-1]), int(first.name.split('/')[-1]) + 1)

    def test_automatic_policy_lets_go(self):
        self.company.dunning_active = True
        self.policy.handover_auto = True
        self._warned(500.0)
        self._run_cron('smart_dunning.ir_cron_dunning_handover')
        self.assertEqual(
            self.handovers.search([('company_id', '=', self.company.id)]).state, 'handed_over')

    def test_item_is_handed_over_once(self):
        invoice = self._warned(500.0)
        case = self._case(invoice)
        with self.assertRefused("part of the handover"):
            self._case(invoice)
        with self.assertRaises(psycopg2.IntegrityError), mute_logger('odoo.sql_db'), \
                self.cr.savepoint():
            case.sudo().line_ids.copy({'move_line_id': case.sudo().line_ids.move_line_id.id})
        case.action_drop()
        self.assertEqual(self._case(invoice).state, 'draft')

    def test_dispute_after_the_handover(self):
        other = self._invoice(self._day(80), 70.0)
        other.is_move_sent = True
        invoice = self._warned(500.0)
        case = self._handed_over(invoice, other)
        reason = self.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1)
        self.env['dunning.dispute'].with_user(self.clerk).create(
            {'move_id': invoice.id, 'reason_id': reason.id})
        self.assertIn("objected", self._mails(case)[-1].body_html)
        self.assertIn(invoice.name, self._mails(case)[-1].body_html)
        self.assertNotIn(other.name, self._mails(case)[-1].body_html)
        self.assertIn('mail_activity_dunning_handover_status', case.activity_ids.activity_type_id.
                      get_external_id()[case.activity_ids.activity_type_id.id])
        self.assertEqual(case.state, 'handed_over')

    def test_agency_without_address_is_not_said_to_be_told(self):
        self.agency.delivery = 'download'
        self.office.email = False
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        reason = self.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1)
        self.env['dunning.dispute'].create({'move_id': invoice.id, 'reason_id': reason.id})
        self.assertIn("please tell the agency", case.activity_ids.note)

    def test_wording_for_the_customer_is_in_their_language(self):
        self.env['res.lang']._activate_lang('de_DE')
        self.env['ir.module.module']._load_module_terms(['smart_dunning'], ['de_DE'])
        shipped = {lang: self.agency.with_context(lang=lang)._get_default_text()
                   for lang in ('en_US', 'de_DE')}
        self.assertNotEqual(*shipped.values())
        self.customer.lang = 'de_DE'
        expected = shipped['de_DE'].split('{agency}')[0]
        for stored in (False, *shipped.values()):
            with self.subTest(stored=stored):
                self.agency.customer_text = stored
                self.assertIn(expected, self.agency._get_customer_text('de_DE'))
        self.agency.customer_text = "Talk to {agency}."
        self.assertEqual(self.agency._get_customer_text('de_DE'), "Talk to North Collections.")
        self.agency.customer_text = False
        case = self._handed_over(self._warned(500.0))
        self.assertIn(expected, self._mails(case)[0].body_html)

    def test_credit_note_after_the_handover_is_told(self):
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        count = len(self._mails(case))
        refund = self.env['account.move'].browse(case.action_write_off()['res_id'])
        refund.invoice_line_ids.price_unit = 50.0
        refund.action_post()
        self._judge(case)
        mail, = self._mails(case)[count:]
        self.assertIn("50.00", mail.body_html)
        self.assertIn("credited", mail.body_html)
        self.assertRecordValues(case, [{'state': 'handed_over', 'amount_credited': 50.0}])

    def test_recall_lets_dunning_go_on(self):
        invoice = self._warned(500.0, days=(60, 40))
        case = self._case(invoice)
        self.env['dunning.handover.override'].with_user(self.manager).create(
            {'handover_id': case.id, 'reason': "Moves abroad"}).action_override()
        case.action_hand_over()
        self.assertFalse(self._plan(self.today).letter_ids)
        case.action_recall()
        self.assertRecordValues(case, [{'state': 'closed', 'closed_as': 'recalled'}])
        self.assertEqual(self._plan(self.today).letter_ids.level_id.position, 4)
        self.assertEqual(self._case(invoice).state, 'draft')
        self.assertEqual(len(self._mails(case)), 4)

    def test_partial_recovery_and_write_off(self):
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        self.handovers.with_user(self.clerk).import_status(
            f"number;state;paid;costs;closed_as\n{case.name};closed;300,00;60,00;partly\n".encode())
        self.assertRecordValues(case, [{
            'agency_paid': 300.0, 'agency_costs': 60.0, 'amount_to_book': 300.0,
            'state': 'handed_over'}])
        entry = self.env['account.move'].browse(case.action_book_payment()['res_id'])
        self.assertEqual(entry.state, 'draft')
        self.assertRecordValues(entry.line_ids.sorted('balance'), [
            {'account_id': self._terms(invoice).account_id.id, 'balance': -300.0},
            {'account_id': self.costs.id, 'balance': 60.0},
            {'account_id': self.company.transfer_account_id.id, 'balance': 240.0}])
        with self.assertRefused("reported nothing"):
            case.action_book_payment()
        entry.action_post()
        self.assertEqual(invoice.amount_residual, 200.0)
        self._judge(case)
        self.assertRecordValues(case, [{'state': 'handed_over', 'amount_paid_here': 0.0}])
        refund = self.env['account.move'].browse(case.action_write_off()['res_id'])
        self.assertRecordValues(refund, [
            {'state': 'draft', 'move_type': 'out_refund', 'amount_total': 200.0}])
        self.assertEqual(case.state, 'handed_over')
        refund.action_post()
        self._judge(case)
        self.assertRecordValues(case, [
            {'state': 'closed', 'closed_as': 'partly', 'amount_open': 0.0}])
        self.assertFalse(case.activity_ids, "nothing is left to look at")

    def test_payment_taken_back_opens_the_case_again(self):
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        self._pay(invoice, on=self.today)
        self._judge(case)
        self.assertEqual(case.state, 'closed')
        self._terms(invoice).remove_move_reconcile()
        self._judge(case)
        self.assertRecordValues(case, [
            {'state': 'handed_over', 'closed_as': False, 'amount_paid_here': 0.0}])
        self.assertFalse(self._plan(self.today).letter_ids)

    def _say_paid(self, case, paid, costs):
        """Let the agency report, and return the draft that is proposed for it."""
        self.handovers.import_status(
            f"number;paid;costs\n{case.name};{paid};{costs}\n".encode())
        return self.env['account.move'].browse(case.action_book_payment()['res_id'])

    def test_booking_in_another_currency_balances(self):
        currency = self.env['res.currency'].create({
            'name': 'XTS', 'symbol': 'x', 'rate_ids': [Command.create(
                {'name': self._day(400), 'rate': 3.0, 'company_id': self.company.id})]})
        invoice = self._warned(300.0, currency_id=currency.id)
        entry = self._say_paid(self._handed_over(invoice), '100,00', '50,00')
        entry.action_post()
        self.assertEqual(invoice.amount_residual, 200.0)

    def test_reversed_booking_is_not_booked(self):
        case = self._handed_over(self._warned(500.0))
        entry = self._say_paid(case, '300,00', '60,00')
        entry.action_post()
        self.assertRecordValues(case, [{'amount_booked': 300.0, 'amount_to_book': 0.0}])
        entry._reverse_moves([{'date': self.today}], cancel=True)
        self.assertRecordValues(case, [{'amount_booked': 0.0, 'amount_to_book': 300.0}])
        again = self.env['account.move'].browse(case.action_book_payment()['res_id'])
        self.assertIn(60.0, again.line_ids.mapped('balance'))

    def test_costs_booked_stay_so_when_the_account_changes(self):
        case = self._handed_over(self._warned(500.0))
        self._say_paid(case, '300,00', '60,00').action_post()
        self.agency.cost_account_id = self.costs.copy({'code': '699999', 'name': "Collection"})
        entry = self._say_paid(case, '400,00', '60,00')
        self.assertEqual(sorted(entry.line_ids.mapped('balance')), [-100.0, 100.0])

    def _cancel(self, move):
        move.button_draft()
        move.button_cancel()

    def test_what_was_cancelled_after_the_proposal_is_not_claimed(self):
        gone = self._invoice(self._day(80), 70.0)
        gone.is_move_sent = True
        invoice = self._warned(500.0)
        case = self._case(invoice, gone)
        case.action_propose()
        self._cancel(gone)
        case.action_hand_over()
        self.assertEqual(case.line_ids.move_id, invoice)
        self.assertRecordValues(case, [{'amount_principal': 500.0, 'amount_open': 500.0}])
        record = case._prepare_record()
        self.assertEqual([claim.open for claim in record.claims], ['500.00'])

    def test_case_without_any_invoice_left_is_not_handed_over(self):
        invoice = self._warned(500.0)
        case = self._case(invoice)
        case.action_propose()
        self._cancel(invoice)
        with self.assertRefused("Nothing is open"):
            case.action_hand_over()

    def test_invoice_cancelled_after_the_handover_ends_the_case(self):
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        mails = self._mails(case)
        self._cancel(invoice)
        self._judge(case)
        self.assertRecordValues(case, [
            {'state': 'closed', 'closed_as': 'recalled', 'amount_open': 0.0}])
        self.assertFalse(case.sudo()._get_pauses())
        self.assertIn(
            "recall", (self._mails(case) - mails).filtered(
                lambda mail: "north" in mail.email_to).subject)

    def test_one_invoice_of_two_cancelled_after_the_handover(self):
        gone = self._invoice(self._day(80), 70.0)
        gone.is_move_sent = True
        invoice = self._warned(500.0)
        self._pay(gone, 20.0, on=self._day(5))
        case = self._handed_over(invoice, gone)
        self._terms(gone).remove_move_reconcile()
        self._cancel(gone)
        self._judge(case)
        self.assertRecordValues(case, [{
            'state': 'handed_over', 'amount_open': 500.0, 'amount_credited': 50.0,
            'amount_paid_here': 0.0}])
        self.assertIn(gone.name, case.activity_ids.note)
        self._pay(invoice, on=self.today)
        self._judge(case)
        self.assertRecordValues(case, [{'state': 'closed', 'closed_as': 'partly'}])
        self.env.flush_all()
        self.assertRecordValues(
            self.env['dunning.handover.analysis'].search([('handover_id', '=', case.id)]),
            [{'amount': 550.0, 'recovered': 500.0, 'credited': 50.0, 'residual': 0.0}])

    def test_written_off_with_its_tax(self):
        tax = self.company_data['default_tax_sale'].copy({'amount': 19.0, 'name': "19 %"})
        invoice = self._warned(500.0)
        taxed = self._invoice(self._day(80), 100.0)
        taxed.button_draft()
        taxed.invoice_line_ids.tax_ids = tax
        taxed.action_post()
        self._pay(taxed, 33.33, on=self._day(70))
        case = self._case(invoice, taxed)
        case.sudo().state = 'handed_over'
        case.action_write_off()
        refunds = case.sudo().booking_ids.filtered(lambda one: one.move_type == 'out_refund')
        refund = refunds.filtered(lambda one: one.reversed_entry_id == taxed)
        self.assertAlmostEqual(refund.amount_total, 119.0 - 33.33, 2)
        self.assertAlmostEqual(refund.amount_tax, (119.0 - 33.33) * 19 / 119, 1)

    def test_second_company_sees_nothing(self):
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        company = self._create_company(name="Elsewhere")
        self.clerk.sudo().write({'company_ids': [(4, company.id)]})
        stranger = self.clerk.sudo().copy({
            'login': 'stranger', 'company_id': company.id, 'company_ids': [(6, 0, company.ids)]})
        with self.assertRaises(AccessError):
            case.with_user(stranger).read(['name'])
        with self.assertRefused("no case"):
            self.handovers.with_user(stranger).with_company(company).import_status(
                f"number;paid\n{case.name};5,00\n".encode())

    def test_no_address_no_crash(self):
        self.office.email = False
        self.agency.delivery = 'download'
        invoice = self._warned(500.0)
        self.customer.email = False
        case = self._handed_over(invoice)
        self.assertFalse(self._mails(case))
        self.assertTrue(case.sudo().package_id)

    def test_nothing_is_handed_over_where_the_package_fails(self):
        case = self._case(self._warned(500.0))
        case.action_propose()
        with patch.object(type(case), '_check_manifest', side_effect=UserError("bad")), \
                self.assertRaises(UserError), self.cr.savepoint():
            case.action_hand_over()
        case.invalidate_recordset()
        self.assertEqual(case.state, 'proposed')
        self.assertFalse(case.sudo()._get_pauses())
