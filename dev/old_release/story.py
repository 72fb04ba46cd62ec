"""Some weeks of a company that uses the addon: python -m dev.old_release.story DATABASE CONFIG

An administrator has changed the shipped policies, letters went out and came back, customers
promised, objected, paid in parts; goods were held and let go.
"""

import sys
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

from dev.demo.database import open_database

FIRST = date(2026, 3, 2)
CUSTOMERS = {
    'adler': "Adler Metallbau GmbH", 'brandt': "Brandt & Söhne KG", 'celik': "Çelik Handel GmbH",
    'dorn': "Dorn Elektro GmbH", 'ernst': "Ernst Bau GmbH", 'funk': "Funk Logistik GmbH",
    'gerber': "Gerber AG", 'hahn': "Petra Hahn", 'ivers': "Ivers Inc.", 'jansen': "Jansen GmbH"}
CRONS = ('run', 'send', 'booking', 'installment', 'debtor')


class Story:
    """What happens, day by day."""

    def __init__(self, env):
        self.env = env
        self.company = env.company
        self.partners = {}

    # The stage ----------------------------------------------------------------------------------

    def set_stage(self):
        """A German company with users, customers and mail that is sent nowhere."""
        env, company = self.env, self.company
        env['ir.config_parameter'].set_param('ir_attachment.location', 'db')
        company.write({
            'name': "Muster Werkzeug GmbH", 'country_id': env.ref('base.de').id,
            'vat': 'DE136695976', 'street': "Hauptstraße 1", 'zip': '50667', 'city': "Köln",
            'email': 'buchhaltung@muster.example'})
        if company.chart_template != 'de_skr03':
            env['account.chart.template'].try_loading('de_skr03', company, install_demo=False)
        bank = env['account.journal'].search(
            [('type', '=', 'bank'), ('company_id', '=', company.id)], limit=1)
        bank.bank_account_id = env['res.partner.bank'].create({
            'acc_number': 'DE89370400440532013000', 'partner_id': company.partner_id.id,
            'company_id': company.id, 'allow_out_payment': True})
        self.users = {
            login: env['res.users'].with_context(no_reset_password=True).create({
                'name': login.title(), 'login': login, 'email': f'{login}@muster.example',
                'group_ids': [(4, env.ref(group).id)]})
            for login, group in (
                ('clerk', 'smart_dunning.group_dunning_user'),
                ('manager', 'smart_dunning.group_dunning_manager'),
                ('seller', 'sales_team.group_sale_salesman_all_leads'),
                ('release', 'smart_dunning.group_dunning_release'))}
        for key, name in CUSTOMERS.items():
            self.partners[key] = env['res.partner'].create({
                'name': name, 'is_company': key != 'hahn', 'email': f'{key}@kunde.example',
                'street': "Ring 5", 'zip': '10115', 'city': "Berlin", 'lang': 'de_DE',
                'country_id': env.ref('base.de').id, 'user_id': self.users['seller'].id})
        self.partners['gerber'].email = False
        self._change_policies()

    def _change_policies(self):
        """What an administrator does to the shipped policies: change, delete, renumber, add."""
        env = self.env
        business = env.ref('smart_dunning.dunning_policy_business')
        business.write({'quiet_days': 6, 'bank_guard_days': 0, 'max_letters': 0,
                        'auto_send': True, 'hold_notify_customer': True})
        env.ref('smart_dunning.dunning_level_business_2').write(
            {'delay': 8, 'subject': "Please pay {{ object.amount_text }}"})
        env.ref('smart_dunning.dunning_level_business_4').write({'fee_amount': 4.0})
        env.ref('smart_dunning.dunning_hold_rule_business_terms').unlink()
        # The reminder before the due date goes, the others move up.
        env.ref('smart_dunning.dunning_level_consumer_1').unlink()
        consumer = env.ref('smart_dunning.dunning_policy_consumer')
        for position, level in enumerate(consumer.level_ids.sorted('position'), 1):
            level.position = position
        env.ref('smart_dunning.dunning_hold_rule_consumer_limit').order_effect = 'warn'
        business.copy({'name': "Key accounts", 'quiet_days': 14, 'sequence': 90})
        self.company.write({
            'dunning_active': True, 'dunning_user_id': self.users['clerk'].id,
            'dunning_policy_id': business.id, 'dunning_booking': 'letter'})

    # Verbs --------------------------------------------------------------------------------------

    def invoice(self, key, due, amount, **values):
        """Post an invoice due on a day."""
        move = self.env['account.move'].create({
            'move_type': 'out_invoice', 'partner_id': self.partners[key].id,
            'invoice_date': due - timedelta(days=14), 'date': due - timedelta(days=14),
            'delivery_date': due - timedelta(days=14), 'invoice_date_due': due,
            'invoice_payment_term_id': False, 'invoice_line_ids': [(0, 0, {
                'name': "Ware", 'price_unit': amount,
                'tax_ids': [(6, 0, self.company.account_sale_tax_id.ids)]})], **values})
        move.action_post()
        return move

    def pay(self, move, amount, day):
        """Pay a part of an invoice."""
        self.env['account.payment.register'].with_context(
            active_model='account.move', active_ids=move.ids).create(
                {'payment_date': day, 'amount': amount})._create_payments()

    def get_items(self, *moves):
        """Return the receivable lines of invoices."""
        return self.env['account.move.line'].union(*[
            move.line_ids.filtered(lambda line: line.account_type == 'asset_receivable')
            for move in moves])

    def as_user(self, login, model):
        return self.env[model].with_user(self.users[login])

    # What happens -------------------------------------------------------------------------------

    def begin(self):
        """Invoices of the weeks before."""
        self.moves = {
            'adler': self.invoice('adler', FIRST - timedelta(days=20), 1200.0),
            'adler2': self.invoice('adler', FIRST + timedelta(days=4), 350.5),
            'brandt': self.invoice('brandt', FIRST - timedelta(days=15), 840.0),
            'celik': self.invoice('celik', FIRST - timedelta(days=12), 990.0),
            'dorn': self.invoice('dorn', FIRST - timedelta(days=18), 2000.0),
            'ernst': self.invoice('ernst', FIRST - timedelta(days=16), 3600.0),
            'funk': self.invoice('funk', FIRST - timedelta(days=25), 5000.0),
            'gerber': self.invoice('gerber', FIRST - timedelta(days=14), 410.0),
            'hahn': self.invoice('hahn', FIRST - timedelta(days=21), 75.0),
            'ivers': self.invoice('ivers', FIRST - timedelta(days=13), 600.0,
                                  currency_id=self.env.ref('base.USD').id),
            'jansen': self.invoice('jansen', FIRST + timedelta(days=40), 155.0)}
        self.partners['hahn'].dunning_policy_id = self.env.ref(
            'smart_dunning.dunning_policy_consumer')

    def talk(self, day):
        """What customers say on the 18th day and the clerk notes down."""
        partners, items = self.partners, self.get_items
        values = {'company_id': self.company.id, 'currency_id': self.company.currency_id.id}
        for key, days in (('brandt', 5), ('celik', 6)):
            self.as_user('clerk', 'dunning.promise').create({
                **values, 'partner_id': partners[key].id, 'date': day + timedelta(days=days),
                'said_by': "Frau Ott", 'item_ids': [(6, 0, items(self.moves[key]).ids)]})
        self.as_user('clerk', 'dunning.dispute').create({
            'move_id': self.moves['dorn'].id, 'amount': 800.0, 'note': "Zwei Paletten waren nass.",
            'deadline': day + timedelta(days=30),
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_goods_damaged').id})
        rejected = self.as_user('clerk', 'dunning.dispute').create({
            'move_id': self.moves['adler2'].id, 'amount': 350.5, 'note': "Preis",
            'deadline': day + timedelta(days=30),
            'reason_id': self.env.ref('smart_dunning.dunning_pause_reason_price').id})
        rejected.action_reject()
        self.as_user('clerk', 'dunning.installment.plan').create({
            **values, 'partner_id': partners['ernst'].id, 'count': 4,
            'item_ids': [(6, 0, items(self.moves['ernst']).ids)],
            'date_first': day + timedelta(days=14)}).action_confirm()
        self.as_user('clerk', 'dunning.pause').create({
            'partner_id': partners['gerber'].id, 'company_id': self.company.id,
            'date_until': day + timedelta(days=60), 'reason': "Talks about a frame contract"})

    def deliver(self, day):
        """Orders: one waits, one is released, one is confirmed under a limit."""
        env = self.env
        env['product.pricelist'].search([]).currency_id = self.company.currency_id
        product = env['product.product'].create({
            'name': "Drill", 'type': 'consu', 'is_storable': True, 'list_price': 400.0})
        warehouse = env['stock.warehouse'].search([('company_id', '=', self.company.id)], limit=1)
        env['stock.quant'].with_context(inventory_mode=True).create({
            'product_id': product.id, 'location_id': warehouse.lot_stock_id.id,
            'inventory_quantity': 100}).action_apply_inventory()
        orders = {}
        for key in ('funk', 'jansen', 'adler'):
            orders[key] = env['sale.order'].create({
                'partner_id': self.partners[key].id, 'user_id': self.users['seller'].id,
                'order_line': [(0, 0, {'product_id': product.id, 'product_uom_qty': 2})]})
            orders[key].action_confirm()
        self.partners['funk'].write({
            'credit_limit': 4000.0, 'dunning_limit_until': day + timedelta(days=90),
            'dunning_limit_reason': "Report of the credit agency"})
        self.as_user('clerk', 'dunning.hold').create({
            'partner_id': self.partners['funk'].id, 'company_id': self.company.id,
            'reason': "Rumours of insolvency", 'date_until': day + timedelta(days=30)})
        self.as_user('clerk', 'dunning.hold').create({
            'partner_id': self.partners['jansen'].id, 'company_id': self.company.id,
            'reason': "Address unknown", 'date_until': day + timedelta(days=30)})
        self.as_user('release', 'dunning.release').create({
            'company_id': self.company.id, 'picking_id': orders['jansen'].picking_ids.id,
            'max_amount': 1000.0, 'reason': "Called, all is well",
            'valid_until': day + timedelta(days=10)})
        orders['jansen'].picking_ids.move_ids.write({'quantity': 2, 'picked': True})
        orders['jansen'].picking_ids.button_validate()

    def waive(self):
        """The fee of one customer is waived in part."""
        charge = self.env['dunning.charge'].search(
            [('partner_id', '=', self.partners['adler'].id), ('amount_open', '>', 0)], limit=1)
        self.as_user('clerk', 'dunning.charge.waive').create({
            'charge_ids': [(6, 0, charge.ids)], 'amount': round(charge.amount_open / 2, 2),
            'reason': "Goodwill"}).action_waive()

    def run(self, clock):
        """Let 45 days pass."""
        for offset in range(46):
            day = FIRST + timedelta(days=offset)
            if day.weekday() > 4:
                continue
            clock.move_to(datetime.combine(day, time(6)))
            self._pass(offset, day)
            self.env.cr.commit()
            for cron in CRONS:
                self.env.ref(f'smart_dunning.ir_cron_dunning_{cron}').method_direct_trigger()
                self.env.cr.commit()
                self.env.invalidate_all()

    def _pass(self, offset, day):
        if offset == 18:
            self.talk(day)
        elif offset == 22:
            self.pay(self.moves['brandt'], self.moves['brandt'].amount_residual, day)
        elif offset == 25:
            self.deliver(day)
        elif offset == 28:
            self.pay(self.moves['adler'], 300.0, day)
        elif offset == 44:
            self.waive()
        runs = self.as_user('clerk', 'dunning.run').search(
            [('state', 'in', ('planned', 'sending'))])
        for run in runs if offset < 40 else runs[:0]:
            run.action_approve_all()
            run.action_send()
            letters = run.letter_ids.filtered(
                lambda letter: letter.state == 'ready' and letter.channel == 'print')
            if letters:
                run.action_print_letters()
                run.env['ir.actions.report']._render_qweb_pdf(
                    'smart_dunning.letter_document', letters.ids)
                run.action_mark_printed()


@contextmanager
def _swallow_mails():
    """Let the mail server take everything and deliver nothing."""
    from odoo.addons.base.models.ir_mail_server import IrMail_Server
    IrMail_Server._connect__ = lambda self, **_options: None
    IrMail_Server.send_email = lambda self, message, *_options, **_more: message['Message-Id']
    IrMail_Server._disable_send = lambda self: False
    yield


def main():
    from freezegun import freeze_time
    with open_database(*sys.argv[1:3]) as env, _swallow_mails(), \
            freeze_time(datetime.combine(FIRST, time(6))) as clock:
        story = Story(env)
        story.set_stage()
        story.begin()
        env.cr.commit()
        story.run(clock)
        env.cr.commit()


if __name__ == '__main__':
    main()
