from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..policy.labels import get_label

#: What debtors may be sorted by, and how.
_ORDERS = {
    'next': 'next_action_date, overdue_amount desc, id',
    'overdue': 'overdue_amount desc, id',
    'risk': 'money_at_risk desc, id',
    'oldest': 'oldest_due_date, id',
    'name': 'partner_id, id',
}


class DunningRemote(models.AbstractModel):
    """Debtors, and what they said."""

    _inherit = 'dunning.remote'

    @api.model
    def get_debtors(self, company=False, customer=False, min_overdue=0.0, level=0, hold=False,
                    risk_class=False, order='next', limit=0, offset=0):
        """Return who owes what, as the list of debtors shows it.

        :param int | str company: number or name of a company; False for your own
        :param int | str customer: number, VAT number, reference, e-mail address or name; False: all
        :param float min_overdue: at least so much overdue, in company currency
        :param int level: at least this position of a dunning level; 0 for all
        :param str hold: clear, warn or block; False for all
        :param str risk_class: a, b, c or d; False for all
        :param str order: next, overdue, risk, oldest or name
        :param int limit: at most so many; 0 for as many as one answer carries (1,000)
        :param int offset: leave out so many
        :return: dict of `total` and `debtors` (list of dicts); amounts in company currency
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or customer
        :raise UserError: when a filter is none of its values
        """
        model, company = self._enter(company)
        domain = Domain('company_id', '=', company.id)
        if customer:
            domain &= Domain('partner_id', '=', model._find_customer(customer, company).id)
        if min_overdue:
            domain &= Domain('overdue_amount', '>=', min_overdue)
        if level:
            domain &= Domain('level_position', '>=', level)
        if hold:
            domain &= Domain('hold_state', '=', model._check_choice(
                hold, ('clear', 'warn', 'block')))
        if risk_class:
            domain &= Domain('risk_class', '=', model._check_choice(
                risk_class, ('a', 'b', 'c', 'd')))
        order = _ORDERS[model._check_choice(order, _ORDERS)]
        limit, offset = model._get_page(limit, offset)
        debtors = model.env['dunning.debtor']
        return {
            'total': debtors.search_count(domain),
            'debtors': [model._tell_debtor(debtor) for debtor in debtors.search(
                domain, limit=limit, offset=offset, order=order)],
        }

    @api.model
    def _check_choice(self, value, choices):
        if value not in choices:
            raise UserError(self.env._(
                "“%(value)s” is none of: %(choices)s", value=value, choices=", ".join(choices)))
        return value

    @api.model
    def _tell_debtor(self, debtor):
        def day(name):
            return debtor[name].isoformat() if debtor[name] else False
        return {
            'id': debtor.id, 'customer_id': debtor.partner_id.id,
            'customer': debtor.partner_id.display_name, 'company': debtor.company_id.name,
            'currency': debtor.currency_id.name, 'open': debtor.open_amount,
            'overdue': debtor.overdue_amount, 'oldest_due_date': day('oldest_due_date'),
            'days_overdue': debtor.days_overdue, 'level': debtor.level_id.name or "",
            'level_position': debtor.level_position, 'hold': debtor.hold_state,
            'hold_reason': debtor.hold_reason or "", 'exposure': debtor.exposure,
            'credit_limit': debtor.credit_limit, 'risk_class': debtor.risk_class or "",
            'next_step': debtor.next_step or "", 'next_action_date': day('next_action_date'),
            'last_letter_date': day('last_letter_date'),
            'last_payment_date': day('last_payment_date'),
        }

    @api.model
    def get_promises(self, company=False, state=False, customer=False, limit=0, offset=0):
        """Return promises to pay, the newest first.

        :param int | str company: number or name of a company; False for your own
        :param str state: open, kept, broken …; False for all
        :param int | str customer: number, VAT number, reference, e-mail address or name; False: all
        :param int limit: at most so many; 0 for as many as one answer carries (1,000)
        :param int offset: leave out so many
        :return: dict of `total` and `promises` (list of dicts); amounts in `currency` of each
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or customer
        :raise UserError: when a filter is none of its values
        """
        return self._get_agreements('dunning.promise', 'promises', company, state, customer,
                                    limit, offset)

    @api.model
    def get_disputes(self, company=False, state=False, customer=False, limit=0, offset=0):
        """Return disputes, the newest first.

        :param int | str company: number or name of a company; False for your own
        :param str state: open, justified, rejected …; False for all
        :param int | str customer: number, VAT number, reference, e-mail address or name; False: all
        :param int limit: at most so many; 0 for as many as one answer carries (1,000)
        :param int offset: leave out so many
        :return: dict of `total` and `disputes` (list of dicts); amounts in `currency` of each
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or customer
        :raise UserError: when a filter is none of its values
        """
        return self._get_agreements('dunning.dispute', 'disputes', company, state, customer,
                                    limit, offset)

    @api.model
    def _get_agreements(self, name, key, company, state, customer, limit, offset):
        model, company = self._enter(company)
        domain = Domain('company_id', 'child_of', company.ids)
        if state:
            states = [code for code, _label in model.env[name]._fields['state'].selection]
            domain &= Domain('state', '=', model._check_choice(state, states))
        if customer:
            domain &= Domain('partner_id', '=', model._find_customer(customer, company).id)
        limit, offset = model._get_page(limit, offset)
        records = model.env[name]
        tell = model._tell_promise if name == 'dunning.promise' else model._tell_dispute
        return {
            'total': records.search_count(domain),
            key: [tell(record) for record in records.search(
                domain, limit=limit, offset=offset, order='id desc')],
        }

    @api.model
    def _tell_agreement(self, record):
        return {
            'id': record.id, 'customer_id': record.partner_id.id,
            'customer': record.partner_id.display_name, 'company': record.company_id.name,
            'amount': record.amount, 'currency': record.currency_id.name,
            'state': record.state, 'state_name': get_label(record, 'state'),
            'invoices': ", ".join(record.item_ids.move_id.mapped('name')),
            'note': record.note or "",
        }

    @api.model
    def _tell_promise(self, promise):
        return {
            **self._tell_agreement(promise), 'date': promise.date.isoformat(),
            'date_made': promise.date_made.isoformat(), 'paid': promise.amount_paid,
            'said_by': promise.said_by or "",
        }

    @api.model
    def _tell_dispute(self, dispute):
        return {
            **self._tell_agreement(dispute), 'invoices': dispute.move_id.name,
            'reason': dispute.reason_id.name or "",
            'date_opened': dispute.date_opened.isoformat(),
            'deadline': dispute.deadline.isoformat() if dispute.deadline else False,
        }
