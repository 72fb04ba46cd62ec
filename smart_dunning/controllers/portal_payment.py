from odoo import http
from odoo.exceptions import ValidationError
from odoo.http import request
from odoo.tools import SQL

from odoo.addons.payment.controllers.portal import PaymentPortal

from .portal_access import find_letter


class DunningPayment(PaymentPortal):
    """Paying letters and selections through core's payment form and any provider.

    What the browser sends decides on the way of paying alone. Amount, currency, customer and
    reference come from the ledger, read under a lock.
    """

    @http.route('/my/dunning/letter/<int:letter_id>/transaction', type='jsonrpc', auth='public')
    def dunning_letter_transaction(self, letter_id, access_token=None, amount=None, **kwargs):
        """Start a transaction that pays the letter and return its processing values.

        :param amount: a wish, see `logic.portal.choose_amount`
        """
        letter = find_letter(letter_id, access_token)
        if not letter:
            self._refuse_payment(request.env._("This page is not available."))
        self._lock_dunning_customer(letter.partner_id)
        demand = letter._get_demand(self._cast_as_float(amount))
        landing = letter.access_url
        if letter._knows_token(access_token):
            landing += f'?access_token={access_token}'
        return self._start_dunning_payment(demand, landing, **kwargs)

    def _lock_dunning_customer(self, partner):
        """Let payments that begin at the same moment collide: the second sees the first."""
        request.env.cr.execute(SQL("UPDATE res_partner SET id = id WHERE id = %s", partner.id))

    @staticmethod
    def _refuse_payment(text):
        raise ValidationError(text)

    def _start_dunning_payment(self, demand, landing, **kwargs):
        """Create the transaction of a `Demand` and return its processing values."""
        if not demand:
            self._refuse_payment(request.env._(
                "There is nothing to pay here at the moment, or a payment is on its way already. "
                "Please open the page again."))
        self._validate_transaction_kwargs(kwargs)
        chosen = {name: self._cast_as_int(kwargs.get(name)) for name in (
            'provider_id', 'payment_method_id', 'token_id')}
        context = self._get_dunning_payment_context(demand)
        flow = kwargs.get('flow')
        is_known = (
            flow in ('direct', 'redirect') and chosen['provider_id'] in context[
                'providers_sudo'].ids
            and chosen['payment_method_id'] in context['payment_methods_sudo'].ids
            or flow == 'token' and chosen['token_id'] in context['tokens_sudo'].ids)
        if not is_known or context['company_mismatch']:
            self._refuse_payment(request.env._("Please choose one of the ways to pay."))
        if flow == 'token':
            chosen['provider_id'] = request.env['payment.token'].sudo().browse(
                chosen['token_id']).provider_id.id
        transactions = request.env['payment.transaction']
        return self._create_transaction(
            **chosen, amount=demand.amount, currency_id=demand.currency.id,
            partner_id=self._get_dunning_payer(demand.partner).id, flow=flow,
            tokenization_requested=bool(kwargs.get('tokenization_requested'))
            and self._is_own(demand.partner),
            landing_route=landing, reference_prefix=demand.reference,
            custom_create_values=transactions._prepare_dunning_values(demand),
        )._get_processing_values()

    @staticmethod
    def _is_own(partner):
        """Return whether the visitor is logged in as a contact of the customer."""
        user = request.env.user
        return not user._is_public() and user.partner_id.commercial_partner_id == partner

    def _get_dunning_payer(self, partner):
        return request.env.user.partner_id if self._is_own(partner) else partner

    def _get_dunning_payment_context(self, demand):
        """Return what core's payment form needs; ways to pay that were saved only after login."""
        payer = self._get_dunning_payer(demand.partner).sudo()
        report = {}
        providers = request.env['payment.provider'].sudo()._get_compatible_providers(
            demand.company.id, payer.id, demand.amount, currency_id=demand.currency.id,
            report=report)
        methods = request.env['payment.method'].sudo()._get_compatible_payment_methods(
            providers.ids, payer.id, currency_id=demand.currency.id, report=report)
        tokens = request.env['payment.token'].sudo()
        if self._is_own(demand.partner):
            tokens = tokens._get_available_tokens(providers.ids, payer.id)
        own = self._is_own(demand.partner)
        return {
            'company_mismatch': not self._can_partner_pay_in_company(payer, demand.company),
            'expected_company': demand.company,
            'show_tokenize_input_mapping': self._compute_show_tokenize_input_mapping(providers)
            if own else dict.fromkeys(providers.ids, False),
            'currency': demand.currency, 'amount': demand.amount, 'partner_id': payer.id,
            'providers_sudo': providers, 'payment_methods_sudo': methods, 'tokens_sudo': tokens,
            'availability_report': report, 'reference_prefix': demand.reference,
        }
