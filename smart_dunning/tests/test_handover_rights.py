import base64
import csv
import io
import zipfile
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command

from .handover_common import HandoverCommon


class TestHandoverRights(HandoverCommon):
    """Who may do what; what is kept; what a status file may not do; what holds and mails say."""

    def test_only_a_manager_overrides_and_never_the_law(self):
        case = self._case(self._warned(500.0, days=(60, 40)))
        case.action_check()
        self.assertEqual(self._codes(case), ['announced'])
        with self.assertRefused("cannot be handed over"):
            case.action_hand_over()
        values = {'handover_id': case.id, 'reason': "Moves abroad"}
        with self.assertRefused(error=AccessError):
            self.env['dunning.handover.override'].with_user(self.clerk).create(values)
        self.env['dunning.handover.override'].with_user(self.manager).create(
            values).action_override()
        self.assertEqual(case.override_by_id, self.manager)
        case.action_hand_over()
        self.assertEqual(case.state, 'handed_over')

    def test_a_call_does_not_begin_the_four_weeks(self):
        invoice = self._warned(500.0)
        letters = self.env['dunning.letter'].search(
            [('line_ids.move_id', '=', invoice.id)], order='sent_date').sudo()
        letters[0].channel = 'call'
        letters[1].sent_date = self._day(26)
        self.agency.reports_to_bureau = True
        self.customer.is_company = False
        self.policy.level_ids.tells_bureau = True
        case = self._case(invoice)
        case.action_check()
        self.assertEqual(self._codes(case), ['days'])
        self.assertFalse(case.point_ids.is_open)
        self.assertEqual(case._prepare_record().claims[0].first_reminder, str(self._day(26)))
        letters[0].channel = 'email'
        case.action_check()
        self.assertFalse(self._codes(case))

    def test_the_law_is_shown_with_day_and_source(self):
        invoice = self._warned(500.0)
        letters = self.env['dunning.letter'].search(
            [('line_ids.move_id', '=', invoice.id)], order='sent_date')
        case = self._case(invoice)
        case.action_check()
        self.assertFalse(case.fact_ids, "no report, no law")
        self.agency.reports_to_bureau = True
        self.customer.is_company = False
        case.action_check()
        self.assertEqual(self._codes(case), ['bureau'])
        self.assertIn("§ 31 BDSG", case.point_ids.text)
        letters[1].level_id.tells_bureau = True
        case.action_check()
        self.assertFalse(self._codes(case))
        rows = [
            ('unpaid', self._day(80), invoice), ('first', self._day(60), letters[0]),
            ('second', self._day(40), letters[1]), ('told', self._day(40), letters[1]),
            ('undisputed', self.today, invoice)]
        self.assertEqual([(one.code, one.date, one.source) for one in case.fact_ids], rows)
        self.assertTrue(all(case.fact_ids.mapped('is_met')))
        self.assertEqual(case.fact_ids[1].action_open_source()['res_id'], letters[0].id)
        case.action_hand_over()
        self.customer.is_company = True
        self.assertEqual(len(case.fact_ids), 5, "kept as it was")
        for method, values in (('write', ({'is_met': False},)), ('unlink', ())):
            with self.subTest(method=method), self.assertRefused(error=AccessError):
                getattr(case.fact_ids.with_user(self.manager), method)(*values)

    def test_an_open_dispute_is_the_source(self):
        invoice = self._warned(500.0)
        reason = self.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1)
        dispute = self.env['dunning.dispute'].create(
            {'move_id': invoice.id, 'reason_id': reason.id})
        self.agency.reports_to_bureau = True
        self.customer.is_company = False
        case = self._case(invoice)
        case.action_check()
        fact = case.fact_ids.filtered(lambda one: one.code == 'undisputed')
        self.assertEqual((fact.is_met, fact.source), (False, dispute))

    def test_what_a_branch_knows_stops_the_gate(self):
        branch = self.env['res.company'].create({'name': "Branch", 'parent_id': self.company.id})
        self.cr.precommit.run()          # core loads its accounts then
        self.env.user.company_ids |= branch
        case = self._case(self._warned(500.0))

        def check():
            case.action_check()
            return self._codes(case)

        self.assertFalse(check())
        pause = self.env['dunning.pause'].sudo().create({
            'partner_id': self.customer.id, 'company_id': branch.id, 'kind': 'manual',
            'date_until': self._day(-5), 'reason': "Talks"})
        self.assertEqual(check(), ['paused'])
        pause.active = False
        self.assertFalse(check())
        values = {
            'partner_id': self.customer.id, 'company_id': branch.id,
            'invoice_date': self._day(60), 'invoice_date_due': self._day(50),
            'invoice_payment_term_id': False, 'invoice_line_ids': [Command.create({
                'name': "Goods", 'price_unit': 40.0, 'tax_ids': [Command.clear()]})]}
        moves = self.env['account.move'].with_company(branch)
        moves.create({'move_type': 'out_invoice', **values}).action_post()
        run = self.env['dunning.run'].with_company(branch).create(
            {'company_id': branch.id, 'date': self.today})
        run.action_plan()
        self.assertTrue(run.letter_ids)
        self.assertEqual(check(), ['pending'])
        run.action_cancel()
        moves.create({'move_type': 'out_refund', **values}).action_post()
        self.assertEqual(check(), ['credit'])

    def test_a_dispute_stops_even_a_manager(self):
        invoice = self._warned(500.0)
        reason = self.env['dunning.pause.reason'].search([('usage', '=', 'dispute')], limit=1)
        self.env['dunning.dispute'].create({'move_id': invoice.id, 'reason_id': reason.id})
        case = self._case(invoice)
        self.env['dunning.handover.override'].with_user(self.manager).create(
            {'handover_id': case.id, 'reason': "All the same"}).action_override()
        with self.assertRefused("disputed"):
            case.with_user(self.manager).action_hand_over()
        point = case.point_ids.filtered(lambda one: one.code == 'dispute')
        self.assertEqual(point.action_mend()['res_model'], 'dunning.dispute')

    def test_every_point_has_a_sentence_and_a_button(self):
        case = self._case(self._warned(500.0))
        for code, (_sentence, label) in self.env['dunning.handover.point']._get_texts().items():
            with self.subTest(code=code):
                point = self.env['dunning.handover.point'].sudo().create({
                    'handover_id': case.id, 'code': code, 'facts': {'numbers': ["INV/1"]}})
                self.assertTrue(point.text and label)
                self.assertTrue(point.action_mend()['res_model'])

    def test_who_is_insolvent_is_asked_about(self):
        invoice = self._warned(500.0)
        self.customer.name = "Adler GmbH i. L."
        case = self._case(invoice)
        case.action_check()
        self.assertEqual(self._codes(case), ['insolvent'])
        self.assertTrue(case.point_ids.is_open)
        self.assertIn("i. L.", case.point_ids.text)

    def test_why_an_invoice_is_left_out_is_said(self):
        invoice = self._warned(500.0)
        invoice.no_followup = True
        case = self._case(invoice)
        case.action_check()
        point = case.point_ids.filtered(lambda one: one.code == 'excluded')
        self.assertIn("No follow-up", point.text)

    def test_package_is_kept(self):
        case = self._handed_over(self._warned(500.0))
        for method, args in (('write', ({'raw': b'x'},)), ('unlink', ())):
            with self.subTest(method=method), self.assertRefused(error=AccessError):
                getattr(case.package_id.with_user(self.manager), method)(*args)
        with self.assertRefused(error=AccessError):
            case.write({'amount_principal': 1.0})
        with self.assertRefused("history"):
            case.with_user(self.manager).sudo().unlink()

    def test_packages_of_several_cases_are_one_file(self):
        sent = self._handed_over(self._warned(500.0))
        draft = self._case(self._warned(300.0, partner=self.other))
        cases = sent | draft
        with self.assertRefused("no agency"):
            cases.action_download_package()
        draft.agency_id = self.agency
        attachment = self.env['ir.attachment'].browse(
            int(cases.action_download_package()['url'].split('/')[3].split('?')[0]))
        with zipfile.ZipFile(io.BytesIO(attachment.with_user(self.clerk).raw)) as packed:
            self.assertEqual(
                packed.namelist(),
                [sent._get_package_name(), f"preview-{draft._get_package_name()}"])
            self.assertEqual(packed.read(sent._get_package_name()), sent.sudo().package_id.raw)
        with self.assertRefused(error=AccessError):        # it is for nobody else
            attachment.with_user(self.manager).read(['raw'])
        self.handovers._gc_packed()
        self.assertTrue(attachment.exists())
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '2 days' WHERE id = %s",
            [attachment.id])
        attachment.invalidate_recordset()
        self.handovers._gc_packed()
        self.assertFalse(attachment.exists())
        self.assertTrue(sent.sudo().package_id.exists())
        with self.assertRefused("at most 100"):
            self.handovers.browse([sent.id] * 101).with_user(self.clerk).action_download_package()

    def test_hostile_name_in_the_table(self):
        self.customer.name = '=HYPERLINK("http://evil")\n<b>;"'
        self.agency.sudo().column_ids.filtered(
            lambda one: one.source == 'claim_open').name = "=Open"
        case = self._handed_over(self._warned(500.0))
        with zipfile.ZipFile(io.BytesIO(case.sudo().package_id.raw)) as package:
            rows = list(csv.reader(
                io.StringIO(package.read('claims.csv').decode('utf-8-sig')), delimiter=';'))
        self.assertIn("'=Open", rows[0])
        self.assertFalse([cell for row in rows for cell in row if cell[:1] in tuple('=+-@')])
        self.assertEqual(rows[1][rows[0].index("'=Open")], '500,00')

    def test_a_column_that_is_asked_for_must_be_filled(self):
        self.agency.column_ids.filtered(
            lambda one: one.source == 'debtor_phone').is_required = True
        case = self._case(self._warned(500.0))
        case.action_check()
        self.assertEqual(self._codes(case), ['asked'])
        self.assertIn("debtor_phone", case.point_ids.text)
        self.customer.phone = "030 1"
        case.action_check()
        self.assertFalse(self._codes(case))

    def test_status_file_is_all_or_nothing(self):
        case = self._handed_over(self._warned(500.0))
        other = self._handed_over(self._warned(80.0, self.other))
        good, bad = f"{case.name};100,00", f"{other.name};100"
        handovers = self.handovers.with_user(self.clerk)
        with self.assertRefused(r"Line 3: .*HO/9.*\n?"):
            handovers.import_status(f"number;paid\n{good}\nHO/9;1\n".encode())
        self.assertEqual(case.agency_paid, 0.0)
        content = f"number;paid\n{good}\n{bad}\n".encode()
        self.assertEqual(
            [line['code'] for line in handovers.import_status(content)], ['changed', 'changed'])
        messages = len(case.message_ids)
        self.assertEqual([line['code'] for line in handovers.import_status(
            base64.b64encode(content).decode())], ['same', 'same'])
        self.assertEqual(len(case.message_ids), messages)
        with self.assertRefused("less than"):
            handovers.import_status(f"number;paid\n{case.name};99,00\n".encode())

    def test_final_statement_of_a_case_that_has_ended(self):
        case, other = self._handed_over(self._warned(500.0)), self._handed_over(
            self._warned(80.0, self.other))
        case.action_recall()
        handovers = self.handovers.with_user(self.clerk)
        lines = handovers.import_status(
            f"number;state;paid;costs;closed_as\n{case.name};closed;40;12;recalled\n"
            f"{other.name};court;0;0;\n".encode())
        self.assertEqual([line['code'] for line in lines], ['changed', 'changed'])
        self.assertRecordValues(case, [{
            'state': 'closed', 'agency_closed_as': 'recalled', 'amount_to_book': 40.0}])
        self.assertTrue(case.activity_ids)
        self.assertEqual(other.agency_state, 'court')

    def test_status_files_of_other_systems_and_none(self):
        case = self._handed_over(self._warned(500.0))
        handovers = self.handovers.with_user(self.clerk)
        with self.assertRefused("Line 2: "):
            handovers.import_status(f"number;paid\n{case.name};{'1' * 400}\n".encode())
        with self.assertRefused("Line 4: .*HO/9"):
            handovers.import_status(f"number;paid\r\r{case.name};1\rHO/9;1\r".encode())
        handovers.import_status(f"number;paid\r{case.name};100,00\r".encode())
        self.assertEqual(case.agency_paid, 100.0)
        self.addCleanup(csv.field_size_limit, csv.field_size_limit(100))
        with self.assertRefused("cannot be read"):
            handovers.import_status(f"number;paid\n{'H' * 101};1\n".encode())

    def test_status_file_as_xml(self):
        case = self._handed_over(self._warned(500.0))
        self.handovers.import_status(
            '<status xmlns="urn:smart-dunning:handover:1" version="1.0"><case>'
            f'<number>{case.name}</number><reference>4711</reference><state>court</state>'
            '<paid>12.50</paid></case></status>'.encode())
        self.assertRecordValues(case, [{
            'agency_reference': "4711", 'agency_state': 'court', 'agency_paid': 12.5}])
        with self.assertRefused("no status file"):
            self.handovers.import_status(b'<status><case/></status>')
        with self.assertRefused():
            self.handovers.import_status(
                b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><status>&e;</status>')

    def test_hold_and_collector(self):
        self.env['dunning.hold.rule'].create({
            'policy_id': self.policy.id, 'trigger': 'handed_over', 'order_effect': 'block',
            'delivery_effect': 'block'})
        invoice = self._warned(500.0)
        check = self.env['dunning.hold.check']
        facts = check._get_facts(self.company, self.customer.ids)[self.customer.id][1]
        self.assertFalse(facts.extra.get('handed_over'))
        case = self._handed_over(invoice)
        facts = check._get_facts(self.company, self.customer.ids)[self.customer.id][1]
        self.assertEqual(facts.extra['handed_over'], 500.0)
        line = self._terms(invoice)
        pauses = self.env['dunning.pause']
        self.assertIn("North Collections", pauses._get_collectors(line)[line.id])
        self.assertIn("North Collections", invoice.dunning_pause_text)
        case.action_recall()
        self.assertFalse(pauses._get_collectors(line))

    def test_figures_of_the_agency(self):
        invoice = self._warned(500.0)
        case = self._handed_over(invoice)
        self._pay(invoice, 200.0, on=self.today)
        self.env.flush_all()
        self.assertRecordValues(
            self.env['dunning.handover.analysis'].search([('handover_id', '=', case.id)]),
            [{'amount': 500.0, 'recovered': 200.0, 'residual': 300.0, 'rate': 40.0}])

    def test_share_of_the_agency_is_weighted(self):
        invoice = self._warned(500.0)
        self._handed_over(self._warned(80.0, self.other))
        self._handed_over(invoice)
        self._pay(invoice, 200.0, on=self.today)
        self.env.flush_all()
        (_agency, rate, _amount), = self.env['dunning.handover.analysis']._read_group(
            [('agency_id', '=', self.agency.id)], ['agency_id'], ['rate:avg', 'amount:sum'])
        self.assertAlmostEqual(rate, 100 * 200 / 580, 4)

    def test_outcome_is_told_in_the_language_of_the_reader(self):
        self.env['res.lang']._activate_lang('de_DE')
        self.env['ir.module.module']._load_module_terms(['smart_dunning'], ['de_DE'])
        of_case, of_figures = (dict(
            self.env[model].with_context(lang='de_DE').fields_get(
                ['closed_as'])['closed_as']['selection'])
            for model in ('dunning.handover', 'dunning.handover.analysis'))
        self.assertEqual(of_figures, of_case)
        self.assertNotEqual(of_figures['paid'], "Paid")

    # Who is told --------------------------------------------------------------------------------

    def _get_assignments(self, case):
        """Return the mails by which the framework told somebody that a case is theirs."""
        return self.env['mail.message'].sudo().search([
            ('model', '=', case._name), ('res_id', '=', case.id),
            ('message_type', '=', 'user_notification'),
            ('subject', '=like', "You have been assigned%")])

    def test_the_clerk_is_told_once_of_what_the_night_proposes(self):
        self.company.dunning_active = True
        self.company.dunning_user_id = self.clerk
        self._warned(500.0)
        # Tests work without mails unless they ask for them.
        telling = self.handovers.with_context(**dict.fromkeys(
            ('tracking_disable', 'mail_create_nosubscribe', 'mail_notrack'), False))
        with patch.object(type(self.env['ir.cron']), '_commit_progress', return_value=1.0):
            telling._cron_propose()
        case = self.handovers.search([('partner_id', '=', self.customer.id)])
        self.assertEqual((case.state, case.user_id, len(case.activity_ids)),
                         ('proposed', self.clerk, 1))
        self.assertFalse(self._get_assignments(case))
        # Whoever gives a case to a colleague tells them, as everywhere.
        case.action_drop()
        items = self._terms(self._warned(300.0, self.other))
        given = telling.with_user(self.manager).create({
            'partner_id': self.other.id, 'company_id': self.company.id,
            'currency_id': items.currency_id.id, 'item_ids': [Command.set(items.ids)],
            'user_id': self.clerk.id})
        self.assertTrue(self._get_assignments(given))
