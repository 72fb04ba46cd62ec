import logging
from collections import defaultdict
from functools import partial

from markupsafe import Markup

from odoo import models

from ..policy.isolation import isolate, isolate_halves
from ..policy.labels import get_labels
from ..policy.notes import speak_to, to_note

_logger = logging.getLogger(__name__)

#: For records that the person told may not open, and for customers.
_GENERAL = 'smart_dunning.mail_activity_dunning_event'
#: So many lines stand in one mail; the rest is counted.
_LINES = 100


class DunningEvent(models.Model):
    """Who hears of an event, and how: as the policy of the customer says."""

    _inherit = 'dunning.event'

    def _tell(self):
        """Make the activities and send the mails about new events, one mail for each person.

        Events that are told in the same way to the same person are told at once.
        """
        told = defaultdict(list)
        for event, (way, user) in self._route().items():
            if user and way != 'none':
                told[way, user].append(event.id)
        for (way, user), ids in told.items():
            events = self.browse(ids)
            events.told_user_id = user
            # Whoever cannot be told stops nobody: what happened stays in the list.
            events._tell_by(way, user).told_user_id = False

    def _tell_by(self, way, user):
        """Tell a person of these events by one mail, or an activity each; return those untold."""
        text = "User %s could not be told of %s"
        if way == 'mail':
            is_told = isolate(
                self.env, partial(self._send_mail, user), _logger, text, user.id, self)
            return self.browse() if is_told else self
        return isolate_halves(
            self, lambda events: events._make_activities(user), _logger, text, user.id)

    def _route(self):
        """Return {event: (way, user)}; the user is empty where nobody is there to be told."""
        debtors = {
            (debtor.company_id, debtor.partner_id): debtor
            for debtor in self.env['dunning.debtor'].sudo().with_context(active_test=False).search([
                ('company_id', 'in', self.company_id.ids),
                ('partner_id', 'in', self.partner_id.ids)])}
        notices = self.env['dunning.notice'].sudo().search([
            ('policy_id', 'in', [one.policy_id.id for one in debtors.values()])])
        by_kind = {(one.policy_id, one.kind): one for one in notices}
        kinds = self._get_kinds()
        routes = {}
        for event in self:
            debtor = debtors.get(
                (event.company_id, event.partner_id), self.env['dunning.debtor'])
            # What a policy does not name is told as in a new policy.
            rule = by_kind.get((debtor.policy_id, event.kind)) or kinds[event.kind]
            routes[event] = rule.way, event._find_user(
                rule.recipient, debtor, getattr(rule, 'user_id', self.env['res.users']))
        return routes

    def _find_user(self, recipient, debtor, named):
        """Return who is told: the person meant, else the responsible one, else the clerk.

        :param recipient: whom the policy names: user, salesperson, leader, responsible
        :param debtor: the customer's row, perhaps empty
        :param named: the user whom the policy names, perhaps empty
        """
        self.ensure_one()
        seller = self.partner_id.user_id
        meant = {'user': named, 'salesperson': seller, 'leader': seller.sale_team_id.user_id}
        users = self.env['res.users'].sudo()
        for user in (meant.get(recipient, users), self.user_id, debtor.user_id,
                     self.company_id.dunning_user_id):
            if user.active and not user.share and self.company_id in user.company_ids:
                return user
        return users

    def _make_activities(self, user):
        """Give a person an activity about each of these events, where they may read it."""
        events, models_of = speak_to(user, self), self.env['ir.model']
        labels, types = get_labels(events, 'kind'), {}
        values = []
        for event, (record, xmlid) in events._get_targets(user).items():
            if xmlid not in types:
                types[xmlid] = events.env.ref(xmlid, raise_if_not_found=False) \
                    or record._default_activity_type()
            values.append({
                'activity_type_id': types[xmlid].id, 'automated': True, 'user_id': user.id,
                'summary': labels[event.kind] if xmlid == _GENERAL else types[xmlid].summary,
                'note': to_note(event.text), 'date_deadline': event.date_due or event.date,
                'res_model_id': models_of._get_id(record._name), 'res_id': record.id})
        events.env['mail.activity'].with_context(mail_activity_quick_update=True).create(values)

    def _get_targets(self, user):
        """Return {event: (record for an activity of a user, its type)}: the customer at least."""
        kinds, readable = self._get_kinds(), {}
        for name, events in self.grouped('res_model').items():
            if name in self.env and hasattr(self.env[name], 'activity_schedule'):
                records = self.env[name].browse(set(events.mapped('res_id'))).exists()
                readable[name] = set(records.with_user(user).with_context(
                    allowed_company_ids=self.company_id.ids)._filtered_access('read')._ids)
        return {
            event: (self.env[event.res_model].browse(event.res_id), kinds[event.kind].activity)
            if event.res_id in readable.get(event.res_model, ())
            else (event.partner_id, _GENERAL) for event in self}

    def _send_mail(self, user):
        """Send a person one mail, or message in their inbox, about some events."""
        told = speak_to(user, self)
        lines = Markup().join(
            Markup('<li><a href="/mail/view?model=%s&amp;res_id=%s">%s</a></li>') % (
                record._name, record.id, event.text)
            for event, (record, _type) in told[:_LINES]._get_targets(user).items())
        body = Markup("<ul>%s</ul>") % lines
        if len(told) > _LINES:
            body += to_note(told.env._("and %(count)s more", count=len(told) - _LINES))
        labels = get_labels(told, 'kind')
        kinds = dict.fromkeys(labels[event.kind] for event in told)
        subject = told.text if len(told) == 1 else told.env._(
            "%(count)s news about customers: %(kinds)s", count=len(told), kinds=", ".join(kinds))
        told.env['mail.thread'].message_notify(
            partner_ids=user.partner_id.ids, subject=subject[:120], body=body)
