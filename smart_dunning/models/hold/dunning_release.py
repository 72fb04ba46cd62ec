import functools
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ...logic import exposure
from ...logic.release import Document, Release, find_release
from ..policy.bounds import check_day, check_text
from ..policy.notes import to_note

_FIGURES = (
    'exposure', 'credit_limit', 'overdue_amount', 'level_position', 'hold_reason')
# Sales and warehouse read who released what; the customer's figures are not for them.
_FIGURE_GROUPS = (
    'smart_dunning.group_dunning_release,smart_dunning.group_dunning_user,'
    'account.group_account_readonly')


class DunningRelease(models.Model):
    """A permission for a held customer: what may pass, up to which amount, until when, and why.

    Evidence: nobody changes or deletes it. It holds for what it names and for nothing else.
    """

    _name = 'dunning.release'
    _description = "Release of a Hold"
    _order = 'id desc'
    _check_company_auto = True
    _rec_name = 'reason'

    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related='company_id.currency_id')
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, ondelete='restrict')
    order_id = fields.Many2one(
        'sale.order', index='btree_not_null', check_company=True, ondelete='restrict')
    picking_id = fields.Many2one(
        'stock.picking', "Delivery", index='btree_not_null', check_company=True,
        ondelete='restrict')
    scope = fields.Selection(
        [('order', "One order"), ('picking', "One delivery"), ('partner', "The customer")],
        compute='_compute_scope', store=True)
    max_amount = fields.Monetary(
        "Up To", required=True,
        help="So much may be ordered, and so much delivered, by this release.")
    valid_until = fields.Date(required=True, help="The last day of the release.")
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        'res.users', "Released By", required=True, readonly=True,
        default=lambda self: self.env.user)
    date = fields.Datetime("Released On", required=True, readonly=True,
                           default=fields.Datetime.now)
    use_ids = fields.One2many('dunning.release.use', 'release_id', "Used For", readonly=True)
    used_amount = fields.Monetary("Delivered by It", compute='_compute_used_amount')
    is_valid = fields.Boolean("Valid Today", compute='_compute_is_valid', search='_search_is_valid')
    # The figures of the moment -------------------------------------------------------------------
    exposure = fields.Monetary(readonly=True, groups=_FIGURE_GROUPS)
    credit_limit = fields.Monetary(readonly=True, groups=_FIGURE_GROUPS)
    overdue_amount = fields.Monetary("Overdue", readonly=True, groups=_FIGURE_GROUPS)
    level_position = fields.Integer("Level No.", readonly=True, groups=_FIGURE_GROUPS)
    hold_reason = fields.Text("Held Because", readonly=True)

    _max_amount_positive = models.Constraint(
        'CHECK(max_amount > 0 AND max_amount < 1e11)',
        "A release names the amount up to which it holds.")

    @api.constrains('reason')
    def _check_reason(self):
        check_text(self, 'reason', is_required=True)

    @api.constrains('valid_until')
    def _check_valid_until(self):
        check_day(self, 'valid_until', may_be_past=False)

    @api.depends('order_id', 'picking_id')
    def _compute_scope(self):
        for release in self:
            release.scope = 'picking' if release.picking_id else (
                'order' if release.order_id else 'partner')

    def _compute_used_amount(self):
        sums = dict(self.env['dunning.release.use'].sudo()._read_group(
            [('release_id', 'in', self.ids), ('checkpoint', '=', exposure.DELIVERY)],
            ['release_id'], ['amount:sum']))
        for release in self:
            release.used_amount = sums.get(release, 0.0)

    @api.depends('valid_until')
    def _compute_is_valid(self):
        for release in self:
            release.is_valid = bool(release.valid_until) and (
                release.valid_until >= release.company_id._get_dunning_today())

    def _search_is_valid(self, operator, value):
        if operator not in ('in', '='):
            return NotImplemented
        wanted = True in value if operator == 'in' else bool(value)
        today = self.env.company._get_dunning_today()
        return [('valid_until', '>=' if wanted else '<', today)]

    # Append-only --------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        self._check_may_release()
        releases = super().create([self._complete(dict(vals)) for vals in vals_list])
        self.env['dunning.debtor.change']._enqueue_of(releases)
        releases._finish_requests()
        releases._tell_documents()
        return releases

    def _tell_documents(self):
        """Write into the history of order or delivery who released it; nobody takes that away."""
        for release in self.sudo():
            document = release.picking_id or release.order_id
            if document:
                document.message_post(
                    body=to_note(release._get_note()), author_id=self.env.user.partner_id.id,
                    subtype_xmlid='smart_dunning.mt_dunning_release')

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._(
            "A release is evidence and stays as it was given. Please give a new one."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A release is evidence and cannot be deleted."))

    def _check_may_release(self):
        if not self.env.su and not self.env.user.has_group('smart_dunning.group_dunning_release'):
            raise AccessError(self.env._(
                "You may not release held customers. Please ask for a release with the button "
                "“Request Release”."))

    @api.model
    def _complete(self, vals):
        """Return the values with the customer, the amount and the figures of this moment."""
        company = self.env['res.company'].browse(
            vals.setdefault('company_id', self.env.company.id))
        document = self._get_document(vals)
        partner = self.env['res.partner'].browse(vals.get('partner_id')).commercial_partner_id
        if document:
            candidate = document.sudo()._get_hold_candidate()
            if partner and partner != candidate.partner:
                raise ValidationError(self.env._(
                    "%(document)s is invoiced to %(customer)s: a release for somebody else does "
                    "not help.", document=document.display_name,
                    customer=candidate.partner.display_name))
            partner = candidate.partner
            vals['max_amount'] = vals.get('max_amount') or candidate.value
        if not partner:
            raise UserError(self.env._("Please choose the customer, the order or the delivery."))
        figures = self.env['dunning.hold.check']._get_figures(company, partner)
        return {
            **vals, **{name: figures[name] for name in _FIGURES}, 'partner_id': partner.id,
            'user_id': self.env.uid, 'date': fields.Datetime.now()}

    @api.model
    def _get_document(self, vals):
        """Return the one document a release names, an empty recordset for the whole customer."""
        if vals.get('order_id') and vals.get('picking_id'):
            raise ValidationError(self.env._(
                "A release holds for an order or for a delivery, not for both."))
        if vals.get('picking_id'):
            return self.env['stock.picking'].browse(vals['picking_id'])
        return self.env['sale.order'].browse(vals.get('order_id'))

    # Passing by it ------------------------------------------------------------------------------

    @api.model
    def _get_lookup(self, candidates, checkpoint, is_batch=False):
        """Return a function that finds the release for a `Candidate`; it reads at its first call.

        :param is_batch: whether what one document takes is missing for the next
        """
        get_valid = functools.cache(lambda: self._get_valid(candidates))

        def lookup(candidate):
            releases, draws = get_valid().get(candidate.key, ((), {}))
            names = (candidate.order.id or None, candidate.picking.id or None)
            document = Document(
                candidate.value, *names, draws.get((checkpoint, *names, candidate.subject), {}),
                candidate.subject)
            release = find_release(
                releases, document, checkpoint, candidate.company.currency_id.compare_amounts)
            if release and is_batch:
                release[0].used[checkpoint] += release[1]
            return release

        return lookup

    @api.model
    def _get_valid(self, candidates):
        """Return {(company id, partner id): (releases, draws)} of what is valid today."""
        today = min(each.company._get_dunning_today() for each in candidates)
        domain = [('company_id', 'in', [each.company.id for each in candidates]),
                  ('partner_id', 'in', [each.partner.id for each in candidates]),
                  ('valid_until', '>=', today)]
        found = {}
        releases = self.sudo().search(domain).filtered('is_valid')
        uses = self.env['dunning.release.use'].sudo().search([('release_id', 'in', releases.ids)])
        for (company, partner), group in releases.grouped(
                lambda release: (release.company_id, release.partner_id)).items():
            of_group = uses.filtered(lambda use: use.release_id in group)    # noqa: B023
            found[company.id, partner.id] = (
                [release._get_pure(of_group) for release in group], of_group._get_draws())
        return found

    def _get_note(self):
        """Return who released until when, for the document."""
        return self.env._(
            "Released by %(user)s until %(day)s, up to %(amount)s: %(reason)s",
            user=self.user_id.name, day=format_date(self.env, self.valid_until),
            amount=self.currency_id.format(self.max_amount), reason=self.reason)

    def _get_pure(self, uses):
        used = defaultdict(float)
        for use in uses:
            if use.release_id == self:
                used[use.checkpoint] += use.amount
        return Release(
            self.id, self.max_amount, self.order_id.id or None, self.picking_id.id or None, used,
            self._get_subject())

    def _get_subject(self):
        """Return the name of the document of another addon that this is for, '' without one."""
        return ''

    def _draw(self, candidate, checkpoint):
        """Note that a document passed by this release, and how much it newly took of it."""
        self.ensure_one()
        known = self.use_ids.filtered(
            lambda use: use.checkpoint == checkpoint and use.order_id == candidate.order
            and use.picking_id == candidate.picking and use._get_subject() == candidate.subject)
        amount = candidate.value - sum(known.mapped('amount'))
        if known and amount <= 0:
            return
        self.env['dunning.release.use'].sudo().create({
            'release_id': self.id, 'checkpoint': checkpoint, 'order_id': candidate.order.id,
            'picking_id': candidate.picking.id, 'amount': max(amount, 0.0),
            **self.env['dunning.release.use']._prepare_subject_values(candidate.subject)})
