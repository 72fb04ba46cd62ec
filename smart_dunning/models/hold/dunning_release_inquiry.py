from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import format_datetime

from ...logic import exposure
from ..policy.bounds import check_text
from ..policy.notes import to_note


class DunningReleaseInquiry(models.Model):
    """Who asked for a release of what, and what the answer was. Written by the system alone."""

    _name = 'dunning.release.inquiry'
    _description = "Request for a Release"
    _order = 'id desc'
    _rec_name = 'note'

    company_id = fields.Many2one('res.company', required=True, index=True, readonly=True)
    partner_id = fields.Many2one(
        'res.partner', "Customer", required=True, index=True, readonly=True, ondelete='cascade')
    order_id = fields.Many2one(
        'sale.order', readonly=True, index='btree_not_null', ondelete='cascade')
    picking_id = fields.Many2one(
        'stock.picking', "Delivery", readonly=True, index='btree_not_null', ondelete='cascade')
    user_id = fields.Many2one('res.users', "Requested By", required=True, readonly=True)
    date = fields.Datetime("Requested On", required=True, readonly=True,
                           default=fields.Datetime.now)
    note = fields.Text("Why Should the Goods Leave", required=True, readonly=True)
    state = fields.Selection(
        [('open', "Pending"), ('granted', "Granted"), ('refused', "Refused"),
         ('lifted', "Not Needed Any More")],
        default='open', required=True, readonly=True, index=True)
    answered_by_id = fields.Many2one('res.users', readonly=True)
    answer = fields.Char("Reason of the Answer", readonly=True)

    @api.constrains('note')
    def _check_note(self):
        check_text(self, 'note', is_required=True)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("Releases are requested on the order or the delivery."))
        return super().create(vals_list)

    def _get_document(self):
        """Return the order or delivery that was asked for."""
        self.ensure_one()
        return self.picking_id or self.order_id

    def _get_sentence(self):
        """Return who asked, when and why, in the language of the reader."""
        self.ensure_one()
        return self.env._(
            "Release requested by %(user)s at %(time)s: %(note)s", user=self.user_id.name,
            time=format_datetime(self.env, self.date, dt_format='short'), note=self.note)

    @api.model
    def _find_open(self, documents):
        """Return the open requests for orders or transfers, sudo."""
        name = 'picking_id' if documents._name == 'stock.picking' else 'order_id'
        return self.sudo().search([(name, 'in', documents.ids), ('state', '=', 'open')])

    def _answer(self, state, reason=False):
        """Close open requests, and tell each who asked, once, in their own language.

        :param state: `granted`, `refused`, or `lifted`: nothing is held any more
        :param reason: what they are told
        """
        for inquiry in self.sudo().filtered(lambda one: one.state == 'open'):
            inquiry.write({
                'state': state, 'answered_by_id': self.env.uid, 'answer': reason})
            inquiry._tell_answer()

    def _tell_answer(self):
        self.ensure_one()
        asker = self.with_context(lang=self.user_id.lang)
        values = {
            'document': self._get_document().display_name, 'reason': self.answer,
            'user': self.answered_by_id.name}
        text = self._get_outcome(asker.env, values)
        self._get_document().with_context(lang=self.user_id.lang).message_notify(
            partner_ids=self.user_id.partner_id.ids, body=to_note(text), subject=text[:120])
        self._get_document().message_post(body=to_note(text))
        self.env['dunning.debtor']._get_of(self)._message_log(
            body=to_note(self._get_outcome(self.env, values)))

    def _get_outcome(self, env, values):
        if self.state == 'lifted' and self._is_finished():
            return env._(
                "%(document)s is done or cancelled: no release is needed any more.", **values)
        if self.state == 'lifted':
            return env._(
                "The hold of %(document)s has ended: no release is needed any more.", **values)
        if self.state == 'granted':
            return env._(
                "The release of %(document)s was granted by %(user)s: %(reason)s", **values)
        return env._("The release of %(document)s was refused by %(user)s: %(reason)s", **values)

    def _is_finished(self):
        """Return whether the order or delivery was done or cancelled meanwhile."""
        self.ensure_one()
        return self._get_document()._get_hold_checkpoint() is None

    def _find_needless(self):
        """Return those whose order or delivery nothing holds any more, finished ones included."""
        finished = self.filtered(lambda inquiry: inquiry._is_finished())
        candidates = [(inquiry, candidate) for inquiry in self - finished
                if (candidate := inquiry._get_document()._get_hold_candidate())
                and candidate.partner]
        check, held = self.env['dunning.hold.check'], self.browse()
        with check._remember():
            for checkpoint in (exposure.ORDER, exposure.DELIVERY) if candidates else ():
                verdicts = check._judge_each([each for _one, each in candidates], checkpoint)
                held = held.union(*(inquiry for (inquiry, _each), verdict in zip(
                    candidates, verdicts, strict=True) if verdict.blocks))
        return finished | self.browse(inquiry.id for inquiry, _each in candidates) - held


class DunningRelease(models.Model):
    _inherit = 'dunning.release'

    @api.model
    def _refuse(self, company, partner, document, reason):
        """Refuse what was asked for: those who asked hear the reason.

        :param document: order or transfer; an empty recordset for all that the customer waits for
        :raise UserError: without a reason, or when nobody has asked
        """
        self._check_may_release()
        if not (reason or '').strip():
            raise UserError(self.env._("Please say why: whoever asked reads it."))
        inquiries = self._find_inquiries(company, partner, document)
        if not inquiries:
            raise UserError(self.env._("Nobody has asked for this release."))
        inquiries._answer('refused', reason)
        self._finish_activities(company, partner)

    @api.model
    def _find_inquiries(self, company, partner, document):
        """Return the open requests that an answer is about."""
        inquiries = self.env['dunning.release.inquiry']
        if document:
            found = inquiries._find_open(document)
            if document._name == 'stock.picking' and document.sudo().sale_id:
                found |= inquiries._find_open(document.sudo().sale_id)
            return found
        return inquiries.sudo().search([
            ('company_id', '=', company.id), ('partner_id', '=', partner.id),
            ('state', '=', 'open')])

    @api.model
    def _finish_activities(self, company, partner):
        """Remove the activities about a customer of whom nothing is asked any more."""
        if not self._find_inquiries(company, partner, self.env['sale.order']):
            debtors = self.env['dunning.debtor'].sudo().search([
                ('company_id', '=', company.id), ('partner_id', '=', partner.id)])
            debtors.activity_unlink(['smart_dunning.mail_activity_dunning_release'])
            debtors._refresh_own()

    def _finish_requests(self):
        """Answer the requests for what was just released."""
        for release in self:
            document = release.picking_id or release.order_id
            inquiries = self._find_inquiries(release.company_id, release.partner_id, document)
            if document and document._name == 'sale.order':
                inquiries |= self.env['dunning.release.inquiry']._find_open(
                    document.sudo().picking_ids)
            inquiries._answer('granted', release.reason)
            self._finish_activities(release.company_id, release.partner_id)


class DunningDebtor(models.Model):
    _inherit = 'dunning.debtor'

    @api.model
    def _refresh(self, partners=None, company=None, keep=False):
        # EXTENDS debtor: that a hold has ended stands in the history, and whoever asked hears it
        company = company or self.env.company
        whose = Domain('company_id', '=', company.id)
        if partners is not None:
            whose &= Domain('partner_id', 'in', partners.commercial_partner_id.ids)
        is_held = Domain('hold_order', '=', 'block') | Domain('hold_delivery', '=', 'block')
        debtors = self.sudo().with_context(active_test=False)
        held = debtors.search(whose & is_held)
        result = super()._refresh(partners=partners, company=company, keep=keep)
        freed = held and debtors.search(Domain('id', 'in', held.ids) & ~is_held)
        if freed:
            text = self.with_context(lang=company.partner_id.lang or self.env.lang).env._(
                "The hold has ended.")
            freed._message_log_batch(bodies=dict.fromkeys(freed.ids, text))
        self._answer_needless(company, whose)
        return result

    @api.model
    def _answer_needless(self, company, whose):
        """Close the requests for what is held no more, and tell those who asked."""
        inquiries = self.env['dunning.release.inquiry'].sudo().with_company(company).search(
            whose & Domain('state', '=', 'open'))
        needless = inquiries._find_needless()
        needless._answer('lifted')
        for partner in needless.partner_id:
            self.env['dunning.release']._finish_activities(company, partner)
