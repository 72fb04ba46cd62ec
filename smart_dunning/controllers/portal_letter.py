from datetime import timedelta
from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .portal_access import close, find_letter, not_found, render, serve_file
from .portal_payment import DunningPayment


class DunningLetterPage(DunningPayment):
    """The letter as the customer sees it: by the token of the link, or logged in."""

    @http.route('/my/dunning/letter/<int:letter_id>', type='http', auth='public', website=True,
                methods=['GET'], sitemap=False)
    def show_letter(self, letter_id, access_token=None, say=None, part=None, pay=None, **_others):
        letter = find_letter(letter_id, access_token)
        if not letter:
            return not_found()
        letter._set_seen()
        return render(
            'smart_dunning.portal_letter',
            self._prepare_letter_values(letter, access_token, say, part, bool(pay or part)))

    def _prepare_letter_values(
            self, letter, access_token=None, say=None, part=None, is_paying=False):
        """Return what the page knows, for this visitor.

        :param is_paying: whether the ways to pay are shown; to find them takes a third of the
            queries of the whole page
        """
        carried = self._get_carried(letter, access_token, say)
        values = letter._prepare_page_values()
        demand = values['is_open'] and not values['underway'] and letter._get_demand(
            self._cast_as_float(part), values['account']) or None
        return {
            **values,
            'no_breadcrumbs': request.env.user._is_public(),
            'query': f'?{urlencode(carried)}',
            **self._prepare_answer_values(letter, values['account'], say),
            'demand': demand, 'is_paying': is_paying,
            'pay_url': f'{letter.access_url}?{urlencode({**carried, "pay": 1})}#dunning_pay',
            'part_route': letter.access_url, 'part_values': carried,
            **(self._get_dunning_payment_context(demand) if demand and is_paying else {}),
            'transaction_route': f'{letter.access_url}/transaction',
            'landing_route': f'{letter.access_url}?{urlencode(carried)}',
            'access_token': carried.get('access_token'),
        }

    @http.route('/dl/<string:code>', type='http', auth='public', website=True, methods=['GET'],
                sitemap=False)
    def follow_short_link(self, code):
        letter = request.env['dunning.letter']._find_by_code(code)
        if not letter:
            return not_found()
        return close(request.redirect(letter._get_portal_link(answers=False), local=False))

    @http.route('/my/dunning/letter/<int:letter_id>/pdf', type='http', auth='public', website=True,
                methods=['GET'], sitemap=False)
    def show_pdf(self, letter_id, access_token=None, **_others):
        letter = find_letter(letter_id, access_token)
        if not letter:
            return not_found()
        letter._set_seen()
        try:
            return serve_file(*letter._get_page_pdf())
        except UserError:                     # never sent, and a text is broken by now
            return not_found()

    @http.route('/my/dunning/letter/<int:letter_id>/invoice/<int:move_id>', type='http',
                auth='public', website=True, methods=['GET'], sitemap=False)
    def show_invoice(self, letter_id, move_id, access_token=None, **_others):
        letter = find_letter(letter_id, access_token)
        file = letter and letter._get_page_invoice(move_id)
        return serve_file(*file) if file else not_found()

    @staticmethod
    def _prepare_answer_values(letter, account, say):
        """Return what the forms for answers know; what was typed stays when it is refused."""
        policy, today = letter.policy_id, letter.company_id._get_dunning_today()
        return {
            'may_answer': letter._may_answer(say), 'has_links': bool(policy.portal_link_days),
            'done': request.params.get('done'),
            'typed': {}, 'kind': None, 'refusal': None, 'parts': None,
            'answer_name': '' if request.env.user._is_public()
            else request.env.user.partner_id.name,
            'invoices': [item for item in account.items if item.open > 0],
            'reasons': letter._get_reasons(), 'today': today,
            'promise_until': today + timedelta(days=policy.portal_promise_days),
            'is_promisable': bool(letter._get_answerable_items(
                account, ('installment', 'promise'), is_promise=True)),
            'has_plans': policy.portal_plan != 'none' and letter._get_answerable_items(account),
            'plan_text': letter._get_bounds_text(letter._get_plan_bounds()),
            'answers': letter.answer_ids.filtered(lambda one: one.kind != 'received'),
        }

    @staticmethod
    def _get_carried(letter, access_token, say):
        """Return what links of the page carry on: only what the visitor came with, and is true."""
        values = {
            'access_token': letter._knows_token(access_token) and access_token,
            'say': say and letter._may_answer(say) and say}
        return {name: value for name, value in values.items() if value}
