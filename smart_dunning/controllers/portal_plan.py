import binascii

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .portal_access import find_plan, not_found, render, serve_file
from .portal_payment import DunningPayment


class DunningPlanPage(DunningPayment):
    """The instalment plan as a page: read it, sign it, pay its parts."""

    @http.route('/my/dunning/plan/<int:plan_id>', type='http', auth='public', website=True,
                methods=['GET'], sitemap=False)
    def show_plan(self, plan_id, access_token=None, pay=None, **_others):
        plan = find_plan(plan_id, access_token)
        if not plan:
            return not_found()
        part_id = self._cast_as_int(pay)
        demand = part_id and plan._get_demand(part_id)
        query = f'?access_token={access_token}' if plan._knows_token(access_token) else '?'
        return render('smart_dunning.portal_plan', {
            **plan._prepare_page_values(access_token),
            'no_breadcrumbs': request.env.user._is_public(),
            'query': query, 'demand': demand, 'part_route': False,
            'sign_url': f'{plan.access_url}/accept{query}',
            **(self._get_dunning_payment_context(demand) if demand else {}),
            'transaction_route': f'{plan.access_url}/{part_id}/transaction',
            'landing_route': f'{plan.access_url}{query}',
            'access_token': access_token if len(query) > 1 else '',
        })

    @http.route('/my/dunning/plan/<int:plan_id>/pdf', type='http', auth='public', website=True,
                methods=['GET'], sitemap=False)
    def show_agreement(self, plan_id, access_token=None, **_others):
        plan = find_plan(plan_id, access_token)
        if not plan:
            return not_found()
        try:
            return serve_file(f'{plan.name.replace("/", "-")}.pdf', plan._get_documents()[plan.id])
        except UserError:
            return not_found()

    @http.route('/my/dunning/plan/<int:plan_id>/accept', type='jsonrpc', auth='public',
                website=True)
    def sign_plan(self, plan_id, access_token=None, name=None, signature=None):
        """Sign the agreement with core's signature form; returns what the form shows."""
        token = access_token or request.httprequest.args.get('access_token')
        plan = find_plan(plan_id, token)
        if not plan or not plan._is_by_customer(token):    # one of ours may only read
            return {'error': request.env._("This page is not available.")}
        if not isinstance(name, str) or not isinstance(signature, str) or len(signature) > 2**21:
            return {'error': request.env._("Please enter your name and sign.")}
        try:
            with request.env.cr.savepoint():
                plan._sign(name.strip(), signature, request.httprequest.remote_addr)
                request.env.flush_all()
        except UserError as refusal:
            return {'error': str(refusal)}
        except (TypeError, ValueError, binascii.Error):
            return {'error': request.env._("The signature could not be read. Please try again.")}
        query = f'?access_token={token}' if plan._knows_token(token) else '?'
        return {'force_refresh': True, 'redirect_url': f'{plan.access_url}{query}&done=signed'}

    @http.route('/my/dunning/plan/<int:plan_id>/<int:part_id>/transaction', type='jsonrpc',
                auth='public')
    def plan_transaction(self, plan_id, part_id, access_token=None, amount=None, **kwargs):
        """Start a transaction that pays what is open of a part."""
        plan = find_plan(plan_id, access_token)
        if not plan:
            self._refuse_payment(request.env._("This page is not available."))
        self._lock_dunning_customer(plan.partner_id)
        landing = plan.access_url
        if plan._knows_token(access_token):
            landing += f'?access_token={access_token}'
        return self._start_dunning_payment(plan._get_demand(part_id), landing, **kwargs)
