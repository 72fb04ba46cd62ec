from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager

from .portal_access import close, not_found, render, serve_file
from .portal_payment import DunningPayment

#: Rows of a page: a customer may have ten thousand.
_ROWS = 50
_MOST_ITEMS = 1000
_XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'


class DunningOpenItems(DunningPayment):
    """Everything open of a logged-in contact's customer: see, pay, take along."""

    def _get_customer(self):
        """Return the customer of the contact who is logged in, as superuser."""
        return request.env.user.sudo().partner_id.commercial_partner_id

    def _prepare_home_portal_values(self, counters):
        # EXTENDS portal
        values = super()._prepare_home_portal_values(counters)
        customer = self._get_customer()
        if 'dunning_item_count' in counters:
            values['dunning_item_count'] = sum(
                len(account.rows) + len(account.charges)
                for account in customer._get_open_accounts())
        if 'dunning_letter_count' in counters:
            letters = request.env['dunning.letter'].sudo()
            values['dunning_letter_count'] = letters.search_count(
                letters._get_customer_domain(request.env.user))
        return values

    @http.route(['/my/open-items', '/my/open-items/page/<int:page>'], type='http', auth='user',
                website=True, methods=['GET'], sitemap=False)
    def show_items(self, page=1, account=None, **_others):
        customer = self._get_customer()
        accounts = customer._get_open_accounts()
        number = min(max(self._cast_as_int(account) or 0, 0), max(len(accounts) - 1, 0))
        shown = accounts[number] if accounts else None
        pages = pager('/my/open-items', len(shown.rows) if shown else 0, page, _ROWS,
                      url_args={'account': number})
        letters = request.env['dunning.letter'].sudo()
        return render('smart_dunning.portal_items', {
            'page_name': 'dunning_items', 'customer': customer, 'accounts': accounts,
            'number': number, 'shown': shown, 'pager': pages,
            'rows': shown.rows[pages['offset']:pages['offset'] + _ROWS] if shown else [],
            'names': letters._get_statement_names(),
            'ageing': shown and letters._get_ageing_text(shown.ageing, shown.currency),
            'charge_lines': shown and letters.new({
                'currency_id': shown.currency.id,
                'date': shown.company._get_dunning_today()})._get_charge_lines(shown.charges),
            'letters': letters.search(
                letters._get_customer_domain(request.env.user), limit=5),
            **self._get_agreements(customer),
            'format_money': letters._format_document_money,
            'format_date': letters._format_document_date,
        })

    def _get_agreements(self, customer):
        """Return what was promised, objected to and agreed, and is not over."""
        own = [('partner_id', '=', customer.id)]
        return {
            'promises': request.env['dunning.promise'].sudo().search(
                [*own, ('state', '=', 'open')]),
            'disputes': request.env['dunning.dispute'].sudo().search(
                [*own, ('state', '=', 'open')]),
            'plans': request.env['dunning.installment.plan'].sudo().search(
                [*own, ('state', '=', 'active')]),
        }

    @http.route(['/my/dunning/letters', '/my/dunning/letters/page/<int:page>'], type='http',
                auth='user', website=True, methods=['GET'], sitemap=False)
    def show_letters(self, page=1, **_others):
        letters = request.env['dunning.letter'].sudo()
        domain = letters._get_customer_domain(request.env.user)
        pages = pager('/my/dunning/letters', letters.search_count(domain), page, _ROWS)
        return render('smart_dunning.portal_letters', {
            'page_name': 'dunning_letters', 'pager': pages,
            'letters': letters.search(domain, limit=_ROWS, offset=pages['offset']),
            'format_money': letters._format_document_money,
            'format_date': letters._format_document_date,
        })

    # Payment ------------------------------------------------------------------------------------

    def _find_demand(self):
        """Return what the address of the page asks to pay, and that address; None without."""
        args = request.httprequest.args
        chosen = [self._cast_as_int(value) for value in args.getlist('item')]
        if chosen:
            if None in chosen or len(chosen) > _MOST_ITEMS:
                return None, ''
            query = '&'.join(f'item={line_id}' for line_id in chosen)
            return self._get_customer()._get_items_demand(set(chosen)), query
        company, currency = (self._cast_as_int(args.get(name)) for name in ('company', 'currency'))
        return self._get_customer()._get_items_demand(
            company_id=company, currency_id=currency), f'company={company}&currency={currency}'

    @http.route('/my/open-items/pay', type='http', auth='user', website=True, methods=['GET'],
                sitemap=False)
    def show_payment(self, **_others):
        demand, query = self._find_demand()
        if not demand:
            return render('smart_dunning.portal_nothing_to_pay', {'page_name': 'dunning_items'})
        letters = request.env['dunning.letter'].sudo()
        return render('smart_dunning.portal_pay_items', {
            'page_name': 'dunning_items', 'demand': demand, 'part_route': False,
            'format_money': letters._format_document_money,
            **self._get_dunning_payment_context(demand),
            'transaction_route': f'/my/open-items/transaction?{query}',
            'landing_route': '/my/open-items', 'access_token': '',
        })

    @http.route('/my/open-items/transaction', type='jsonrpc', auth='user')
    def items_transaction(self, amount=None, access_token=None, **kwargs):
        """Start a transaction that pays what the address says; amounts come from the ledger."""
        self._lock_dunning_customer(self._get_customer())
        demand, _query = self._find_demand()
        return self._start_dunning_payment(demand, '/my/open-items', **kwargs)

    # To take along ------------------------------------------------------------------------------

    def _make_statement(self, company_id):
        """Return the statement of one of the customer's companies; None where nothing is open."""
        customer = self._get_customer()
        company = customer._get_companies_with_items().filtered(lambda one: one.id == company_id)
        if not company:
            return None
        return request.env['dunning.statement']._make(
            company, customer, request.env.user.sudo().partner_id)

    @http.route('/my/open-items/<int:company_id>/statement.pdf', type='http', auth='user',
                website=True, methods=['GET'], sitemap=False)
    def show_statement(self, company_id):
        statement = self._make_statement(company_id)
        if not statement:
            return not_found()
        try:
            return serve_file(f'{statement.name}.pdf', statement._render_documents()[statement.id])
        except UserError:
            return not_found()

    @http.route('/my/open-items/<int:company_id>/statement.xlsx', type='http', auth='user',
                website=True, methods=['GET'], sitemap=False)
    def show_sheet(self, company_id):
        statement = self._make_statement(company_id)
        if not statement:
            return not_found()
        content = statement._make_sheet()
        return close(request.make_response(content, headers=[
            ('Content-Type', _XLSX), ('Content-Length', str(len(content))),
            ('X-Content-Type-Options', 'nosniff'),
            ('Content-Disposition', http.content_disposition(f'{statement.name}.xlsx'))]))
