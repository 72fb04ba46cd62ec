from odoo import api, fields, models
from odoo.exceptions import MissingError, UserError
from odoo.fields import Domain

from ...logic import remote
from .dunning_remote import RELEASER


class DunningRemote(models.AbstractModel):
    """Holds: who is held and why, and releases."""

    _inherit = 'dunning.remote'

    @api.model
    def get_hold(self, customer, company=False):
        """Return what an order and a delivery of a customer would meet right now, read live.

        :param int | str customer: number, VAT number, reference, e-mail address or name
        :param int | str company: number or name of a company; False for your own
        :return: dict of customer, `state` (clear, warn, block), `reasons` (texts), `exposure`,
            `credit_limit`, `overdue` in company `currency`, `documents` that wait (list of dicts
            of model, id, name)
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company or customer
        """
        model, company = self._enter(company)
        partner = model._find_customer(customer, company)
        check = model.env['dunning.hold.check'].sudo()
        verdict = check._get_customer_verdicts(company, partner.ids).get(partner.id)
        figures = check._get_figures(company, partner)
        return {
            'customer_id': partner.id, 'customer': partner.display_name, 'company': company.name,
            'currency': company.currency_id.name, 'state': verdict.state if verdict else 'clear',
            'reasons': [
                check._get_reason_text(reason, company) for reason in verdict.reasons
            ] if verdict else [],
            'exposure': figures['exposure'], 'credit_limit': figures['credit_limit'],
            'overdue': figures['overdue_amount'],
            'documents': model._find_waiting(partner, company),
        }

    @api.model
    def _find_waiting(self, partner, company):
        """Return the quotations and deliveries of a customer that a hold stops."""
        orders = self.env['sale.order'].sudo().search([
            ('partner_invoice_id.commercial_partner_id', '=', partner.id),
            ('company_id', '=', company.id), ('state', 'in', ('draft', 'sent'))])
        held = orders.filtered(lambda order: order.dunning_hold_state == 'block')
        pickings = self.env['dunning.held.delivery'].sudo().search([
            ('partner_id', '=', partner.id), ('company_id', '=', company.id)]).picking_id
        return [
            {'model': record._name, 'id': record.id, 'name': record.display_name}
            for records in (held, pickings) for record in records]

    @api.model
    def release(self, reason, valid_until, document=False, customer=False, max_amount=0.0,
                company=False, call_key=False):
        """Let an order, a delivery, or everything of a customer pass in spite of a hold.

        :param str reason: why, as text; it is kept
        :param str valid_until: the last day, as text such as 2026-12-31
        :param str document: name of a quotation, an order or a delivery, such as S00042
        :param int | str customer: number, VAT number, reference, e-mail address or name; instead
            of a document
        :param float max_amount: up to so much, in company currency; 0: what the document is worth
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: dict of id, `customer`, `scope`, `max_amount`, `currency`, `valid_until`
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company, document or customer
        :raise UserError: without a reason, with a day that is over, or with both or neither named
        """
        model, company = self._enter(company, RELEASER)
        vals = {
            'company_id': company.id, 'reason': reason, 'max_amount': max_amount or 0.0,
            'valid_until': model._parse_day(valid_until),
        }
        if bool(document) == bool(customer):
            raise UserError(model.env._("Please name either a document or a customer."))
        if document:
            vals.update(model._find_document(document, company))
        else:
            vals['partner_id'] = model._find_customer(customer, company).id

        def work():
            release = model.env['dunning.release'].create(vals)
            return {
                'id': release.id, 'customer_id': release.partner_id.id,
                'customer': release.partner_id.sudo().display_name, 'scope': release.scope,
                'max_amount': release.max_amount, 'currency': release.currency_id.name,
                'valid_until': fields.Date.to_string(release.valid_until),
            }
        return model._once(call_key, 'release', [vals], work)

    @api.model
    def _find_document(self, name, company):
        """Return the values of a release that name an order or a delivery.

        :raise MissingError: when there is none with this name
        """
        domain = Domain('name', '=', str(name)) & Domain('company_id', '=', company.id)
        for model, field in (('sale.order', 'order_id'), ('stock.picking', 'picking_id')):
            if record := self.env[model].sudo().search(domain, limit=1):
                return {field: record.id}
        raise MissingError(self.env._(
            "%(company)s has neither an order nor a delivery “%(name)s”.",
            company=company.name, name=name))

    # Limits -------------------------------------------------------------------------------------

    @api.model
    def import_limits(self, rows, dry_run=True, company=False, call_key=False):
        """Set credit limits of many customers at once: all of them, or none.

        :param list rows: list of dicts of `customer` (number, VAT number, reference, e-mail
            address or name), `limit` (in company currency; 0 for none), and where wanted
            `valid_until` (text such as 2026-12-31) and `reason`
        :param bool dry_run: whether only to say what would happen
        :param int | str company: number or name of a company; False for your own
        :param str call_key: text made up for this call; repeated with it, nothing is done twice
        :return: dict of `applied` and `rows` (list of dicts of row, customer, result `changed`,
            `same` or `error`, message, old_limit, new_limit). With an error nothing is applied.
        :raise AccessError: when the account may not do this
        :raise MissingError: when there is no such company
        :raise UserError: when the rows are no list of dicts
        """
        model, company = self._enter(company, 'account.group_account_invoice')
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise UserError(model.env._("Please send the rows as a list of dictionaries."))

        def work():
            answers, changes = model._judge_limits(rows, company)
            is_sound = all(answer['result'] != 'error' for answer in answers)
            if is_sound and not dry_run:
                for partner, vals in changes.items():
                    partner.write(vals)
            return {'applied': is_sound and not dry_run, 'rows': answers}
        if dry_run:
            return work()
        return model._once(call_key, 'import_limits', rows, work)

    @api.model
    def _judge_limits(self, rows, company):
        """Return (what is said of each row, {customer: values to write})."""
        customers = self._find_customers(
            [row.get('customer') for row in rows if row.get('customer')], company)
        answers, changes = [], {}
        for number, row in enumerate(rows, 1):
            answer = {
                'row': number, 'customer': str(row.get('customer') or ""), 'result': 'error',
                'message': "", 'old_limit': 0.0, 'new_limit': 0.0}
            answers.append(answer)
            partner, trouble = customers.get(
                row.get('customer'), (None, self.env._("The customer is missing.")))
            if not trouble and partner in changes:
                trouble = self.env._("This customer stands in an earlier row already.")
            if not trouble:
                trouble, vals = self._read_limit(row)
            if trouble:
                answer['message'] = trouble
                continue
            partner = partner.with_company(company)
            old = partner.credit_limit, partner.dunning_limit_until
            new = vals['credit_limit'], vals['dunning_limit_until']
            answer.update(
                customer=partner.display_name, result='same' if old == new else 'changed',
                old_limit=old[0], new_limit=new[0])
            if answer['result'] == 'changed':
                changes[partner] = vals
        return answers, changes

    @api.model
    def _read_limit(self, row):
        """Return (what is wrong with a row, the values it asks for)."""
        try:
            limit = remote.parse_amount(row.get('limit'))
        except (TypeError, ValueError):
            return self.env._(
                "“%(limit)s” is no amount from 0.", limit=row.get('limit') or ""), None
        try:
            until = self._parse_day(row.get('valid_until'))
        except UserError as error:
            return str(error), None
        return False, {
            'credit_limit': limit, 'dunning_limit_until': until,
            'dunning_limit_reason': str(row.get('reason') or self.env._("Imported")),
        }
