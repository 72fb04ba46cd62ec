import logging
from functools import partial

from markupsafe import Markup

from odoo import models

from ..policy.isolation import isolate
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
        """Make the activities and send the mails about new events, one mail for each person."""
        mails = {}
        for event, (way, user) in self._route().items():
            if not user or way == 'none':
                continue
            event.told_user_id = user
            if way == 'activity':
                event._isolate(event._make_activity, user)
            else:
                mails[user] = mails.get(user, self.browse()) | event
        for user, events in mails.items():
            events._isolate(events._send_mail, user)

    def _isolate(self, tell, user):
        """Let one event, or one mail, fail for itself: what happened stays in the list."""
        if not isolate(self.env, partial(tell, user), _logger,
                       "User %s could not be told of events %s", user.id, self.ids):
            self.told_user_id = False

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

    def _make_activity(self, user):
        """Give a person an activity about this event, where they may read it."""
        self.ensure_one()
        event = speak_to(user, self)
        record, activity_type = event._get_target(user)
        summary = {} if activity_type != _GENERAL else {
            'summary': get_labels(event, 'kind')[event.kind]}
        record.with_context(mail_activity_quick_update=True).activity_schedule(
            activity_type, event.date_due or event.date, user_id=user.id, note=to_note(event.text),
            **summary)

    def _get_target(self, user):
        """Return the record for an activity of a user, and the type: the customer at least."""
        record = self._get_record()
        may_read = record and record.with_user(user).with_context(
            allowed_company_ids=self.company_id.ids).has_access('read')
        if may_read and hasattr(record, 'activity_schedule'):
            return record, self._get_kinds()[self.kind].activity
        return self.partner_id, _GENERAL

    def _send_mail(self, user):
        """Send a person one mail, or message in their inbox, about some events."""
        told = speak_to(user, self)
        lines = Markup().join(
            Markup('<li><a href="/mail/view?model=%s&amp;res_id=%s">%s</a></li>') % (
                *((event.res_model, event.res_id)
                  if event._get_target(user)[0]._name == event.res_model
                  else ('res.partner', event.partner_id.id)), event.text)
            for event in told[:_LINES])
        body = Markup("<ul>%s</ul>") % lines
        if len(told) > _LINES:
            body += to_note(told.env._("and %(count)s more", count=len(told) - _LINES))
        labels = get_labels(told, 'kind')
        kinds = dict.fromkeys(labels[event.kind] for event in told)
        subject = told.text if len(told) == 1 else told.env._(
            "%(count)s news about customers: %(kinds)s", count=len(told), kinds=", ".join(kinds))
        told.env['mail.thread'].message_notify(
            partner_ids=user.partner_id.ids, subject=subject[:120], body=body)
