from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..policy.notes import speak_to
from .demand import Demand


class DunningInstallmentPlan(models.Model):
    """The agreement as a page: the customer reads it, signs it, pays its parts."""

    _name = 'dunning.installment.plan'
    _inherit = ['dunning.page', 'dunning.installment.plan']

    portal_letter_id = fields.Many2one(
        'dunning.letter', "By the Customer on", readonly=True, copy=False, index='btree_not_null',
        ondelete='restrict', help="The letter on whose page the customer has proposed it.")
    signature = fields.Image(readonly=True, copy=False, max_width=1024, max_height=1024)
    signed_by = fields.Char(readonly=True, copy=False)
    signed_at = fields.Datetime(readonly=True, copy=False)
    signed_ip = fields.Char("Signed From", readonly=True, copy=False)

    _portal_open_once = models.UniqueIndex(
        "(portal_letter_id) WHERE state IN ('draft', 'active') AND portal_letter_id IS NOT NULL",
        "Instalments were proposed on this letter already.")

    #: What the signature has put there.
    _signature_fields = frozenset({
        'signature', 'signed_by', 'signed_at', 'signed_ip', 'portal_letter_id', 'access_token'})

    def _compute_access_url(self):
        for plan in self:
            plan.access_url = f'/my/dunning/plan/{plan.id}'

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su and any(self._signature_fields & vals.keys() for vals in vals_list):
            self._refuse_signature()
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su and self._signature_fields & vals.keys():
            self._refuse_signature()
        return super().write(vals)

    def _refuse_signature(self):
        raise AccessError(self.env._("What customers sign is written by them alone."))

    def _has_page(self):
        return self.state != 'draft' or bool(self.portal_letter_id)

    # Signing ------------------------------------------------------------------------------------

    def _can_be_signed(self):
        """Return whether the customer's signature is what is missing."""
        self.ensure_one()
        if self.signed_at or self.state not in ('draft', 'active'):
            return False
        return self.state == 'active' or not self.env['dunning.answer'].search_count(
            [('plan_id', '=', self.id), ('state', '!=', 'accepted')], limit=1)

    def _sign(self, name, signature, ip_address):
        """Take the signature of the customer; a plan that waits for it only comes into force.

        :param signature: PNG in base64
        :raise UserError: with a text for the customer
        """
        self.ensure_one()
        self._lock_customer()
        if not self._can_be_signed() or not name or not signature:
            raise UserError(self.env._("This agreement cannot be signed any more."))
        self.write({
            'signature': signature, 'signed_by': name[:100], 'signed_at': fields.Datetime.now(),
            'signed_ip': ip_address, 'date_signed': self.company_id._get_dunning_today()})
        told = speak_to(self.user_id, self)
        if self.state == 'draft':
            told.action_confirm()
        else:
            self._store_document()
        told._tell(told.env._(
            "%(plan)s was signed by %(name)s (%(ip)s)", plan=told.display_name, name=name[:100],
            ip=ip_address or '–'))

    # Paying a part ------------------------------------------------------------------------------

    def _get_demand(self, part_id):
        """Return the `Demand` of a part of the plan; None where nothing of it is open."""
        part = self.part_ids.filtered(lambda one: one.id == part_id)
        lines = self.item_ids.filtered(
            lambda item: not item.reconciled and item.parent_state == 'posted')
        if not part or self.state != 'active' or not lines:
            return None
        amount = self.currency_id.round(min(
            part.amount - part.amount_paid, sum(lines.mapped('amount_residual_currency'))))
        underway = self.env['payment.transaction']._find_underway(lines)
        if self.currency_id.compare_amounts(amount, 0.0) <= 0 or underway:
            return None
        return Demand(
            company=self.company_id, partner=self.partner_id, currency=self.currency_id,
            amount=amount, lines=lines, reference=self.name, part=part)

    def _prepare_page_values(self, token=None):
        """Return what the template of the page knows. Called as superuser, in its language.

        :param token: what the visitor's link carries
        """
        self.ensure_one()
        return {
            'plan': self, 'company': self.company_id, 'page_name': 'dunning_plan',
            'parts': self._get_ordered_parts(), 'terms': self._get_terms_texts(),
            'acknowledgement': self.acknowledgement and self._get_acknowledgement_texts(),
            'can_sign': self._can_be_signed() and self._is_by_customer(token),
            # The pad draws the name as signature, and needs one to begin with.
            'sign_name': self.env['dunning.answer'].search(
                [('plan_id', '=', self.id)], limit=1).said_by or self.recipient_id.name or '',
            'signer': self._get_signer(),
            'format_money': self._format_document_money,
            'format_date': self._format_document_date,
        }
