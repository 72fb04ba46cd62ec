from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...logic import exposure
from ..hold.dunning_hold_rule import HOLD_READERS, STATES


class DunningHoldDocument(models.AbstractModel):
    """What orders and deliveries have in common: they are held, asked for, and released."""

    _name = 'dunning.hold.document'
    _description = "Document That Can Be Held"

    dunning_hold_state = fields.Selection(
        STATES, "Hold", compute='_compute_dunning_hold', search='_search_dunning_hold_state',
        compute_sudo=True, groups=HOLD_READERS,
        help="Whether the customer may get goods on credit right now.")
    dunning_hold_message = fields.Text(
        "Why", compute='_compute_dunning_hold', compute_sudo=True, groups=HOLD_READERS)
    dunning_release_note = fields.Char(
        "Released", compute='_compute_dunning_hold', compute_sudo=True, groups=HOLD_READERS)
    dunning_request_note = fields.Char(
        "Release Requested", compute='_compute_dunning_request_note', compute_sudo=True,
        groups=HOLD_READERS)
    dunning_release_count = fields.Integer(
        compute='_compute_dunning_release_count', compute_sudo=True, groups=HOLD_READERS)

    # Each document says these -------------------------------------------------------------------

    def _get_hold_candidate(self):
        """Return the `Candidate` of this document, None when nothing is to be asked."""
        raise NotImplementedError

    def _get_hold_checkpoint(self):
        """Return the next checkpoint of this document, None when there is none any more."""
        raise NotImplementedError

    def _add_hold_terms(self, request):
        """Return the request with the credit that the document's payment term gives."""
        return request

    def _has_goods_to_deliver(self):
        """Return whether goods leave for this document at all."""
        return True

    # What people see ----------------------------------------------------------------------------

    def _compute_dunning_hold(self):
        """Call `_show_hold`; each document names what it depends on."""
        raise NotImplementedError

    def _show_hold(self):
        """Judge all documents of a screen together: one query per company and checkpoint."""
        self.dunning_hold_state = 'clear'
        self.dunning_hold_message = self.dunning_release_note = False
        for checkpoint, documents in self.grouped(
                lambda document: document._get_hold_checkpoint()).items():
            candidates = [candidate for document in documents if checkpoint
                    and (candidate := document._get_hold_candidate()) and candidate.partner]
            # Each document is judged for itself: a list is no batch.
            verdicts = self._get_shown_verdicts(candidates, checkpoint)
            for candidate, verdict in zip(candidates, verdicts, strict=True):
                candidate.record._set_hold(verdict, candidate.company)
            if checkpoint == exposure.ORDER:
                self._announce_stop([
                    candidate for candidate, verdict in zip(candidates, verdicts, strict=True)
                    if verdict.state == 'warn' and not verdict.release])

    @api.model
    def _announce_stop(self, candidates):
        """Say on documents that are only warned about that their delivery will be stopped."""
        candidates = [one for one in candidates if one.record._has_goods_to_deliver()]
        verdicts = self.env['dunning.hold.check']._judge_each(
            candidates, exposure.DELIVERY) if candidates else []
        for candidate, verdict in zip(candidates, verdicts, strict=True):
            if verdict.blocks:
                candidate.record.dunning_hold_message += "\n" + self.env._(
                    "It can be confirmed, but its delivery will be stopped.")

    @api.model
    def _get_shown_verdicts(self, candidates, checkpoint):
        """Return the verdict of each document at its next checkpoint, as people see it."""
        return self.env['dunning.hold.check']._judge_each(candidates, checkpoint)

    def _get_shown_state(self, verdict):
        """Return the state of this document as people see it."""
        return verdict.state

    def _set_hold(self, verdict, company):
        check = self.env['dunning.hold.check']
        self.dunning_hold_state = self._get_shown_state(verdict)
        self.dunning_hold_message = check._get_reasons_text(verdict, company) or False
        if verdict.release:
            release = self.env['dunning.release'].browse(verdict.release)
            self.dunning_release_note = release._get_note()

    def _search_dunning_hold_state(self, operator, value):
        """Search by the customer's row in the list of debtors, never by computing everybody."""
        self._check_field_access(self._fields['dunning_hold_state'], 'read')
        if operator != 'in':
            return NotImplemented
        states = [state for state in value if state in ('warn', 'block')]
        found = self._get_hold_domain(states)
        return (found | ~self._get_hold_domain(['warn', 'block'])) if 'clear' in value else found

    def _get_hold_domain(self, states):
        return Domain.custom(
            to_sql=lambda model, alias, query: self._get_hold_search_sql(alias, states))

    def _get_hold_search_sql(self, alias, states):
        """Return the SQL condition on ``alias`` that the document is in one of the states."""
        raise NotImplementedError

    def _compute_dunning_request_note(self):
        """Say who has asked for a release that nobody has answered yet."""
        inquiries = self.env['dunning.release.inquiry']._find_open(self)
        by_document = inquiries.grouped(lambda one: one._get_document().id)
        for document in self:
            asked = by_document.get(document.id)
            document.dunning_request_note = asked and asked[-1:].with_env(
                self.env)._get_sentence() or False

    def _compute_dunning_release_count(self):
        field = self._get_release_field()
        counts = dict(self.env['dunning.release']._read_group(
            [(field, 'in', self.ids)], [field], ['__count']))
        for document in self:
            document.dunning_release_count = counts.get(document, 0)

    def _get_release_field(self):
        """Return the field of `dunning.release` that names such a document."""
        raise NotImplementedError

    # Buttons ------------------------------------------------------------------------------------

    def action_dunning_release(self):
        """Ask for amount, end and reason of a release of this document."""
        self.ensure_one()
        self.env['dunning.release']._check_may_release()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.release.grant',
            'name': self.env._("Release %(document)s", document=self.display_name),
            'view_mode': 'form', 'target': 'new',
            'context': {f'default_{self._get_release_field()}': self.id},
        }

    def action_dunning_request_release(self):
        """Ask what to tell those who may release."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window', 'res_model': 'dunning.release.request',
            'name': self.env._("Request a release"), 'view_mode': 'form', 'target': 'new',
            'context': {f'default_{self._get_release_field()}': self.id},
        }

    def action_dunning_releases(self):
        """Open the releases of this document."""
        self.ensure_one()
        action = self.env['ir.actions.act_window']._for_xml_id(
            'smart_dunning.dunning_release_action')
        return {**action, 'domain': [(self._get_release_field(), '=', self.id)],
                'context': {'create': False}}

    def action_dunning_debtor(self):
        """Open the debtor to whom this document is invoiced."""
        self.ensure_one()
        candidate = self.sudo()._get_hold_candidate()
        if not candidate or not candidate.partner:
            raise UserError(self.env._("This document is invoiced to nobody."))
        return candidate.partner.with_env(self.env).with_company(
            candidate.company).action_open_dunning_debtor()

    def _request_dunning_release(self, note):
        """Ask everybody who may release, with a link, once until it is answered.

        :return: whether they were asked; False when somebody has asked already
        """
        self.ensure_one()
        self.check_access('read')
        inquiries = self.env['dunning.release.inquiry']
        if inquiries._find_open(self):
            return False
        candidate = self.sudo()._get_hold_candidate()
        debtor = self.env['dunning.debtor'].sudo()._get_or_make(
            candidate.company, candidate.partner)
        debtor._ask_for_release(self._get_html_link(), note)
        inquiries.sudo().create({
            'company_id': candidate.company.id, 'partner_id': candidate.partner.id,
            self._get_release_field(): self.id, 'user_id': self.env.uid, 'note': note})
        debtor._refresh_own()
        self.sudo().with_user(self.env.user).message_post(body=self.env._(
            "Release requested: %(note)s", note=note),
            subtype_xmlid='smart_dunning.mt_dunning_release')
        return True
