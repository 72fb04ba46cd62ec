import uuid

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, consteq

#: Letters that a customer may have in hand.
_SERVED = ('sending', 'sent', 'cancelled')


class DunningLetter(models.Model):
    """The letter as a page for the customer: who may see it, and that they have seen it.

    Customers have no rights on letters. Controllers ask `_find_for_customer`, which hands out a
    letter as superuser to whoever knows its token or is logged in as its customer.
    """

    _name = 'dunning.letter'
    _inherit = ['dunning.letter', 'portal.mixin']

    access_token = fields.Char(groups='smart_dunning.group_dunning_user')
    seen_date = fields.Date(
        "Seen On", readonly=True, copy=False,
        help="The day on which the customer opened the page or the PDF for the first time.")
    seen_at = fields.Datetime("First Seen", readonly=True, copy=False)

    def _compute_access_url(self):
        for letter in self:
            letter.access_url = f'/my/dunning/letter/{letter.id}'

    @api.model
    def _get_thread_with_access(self, thread_id, *, hash=None, pid=None, token=None, **kwargs):
        # EXTENDS portal: a link shows the page, never the messages about the letter
        return super()._get_thread_with_access(thread_id, **kwargs)

    # Who may see it -----------------------------------------------------------------------------

    @api.model
    def _find_for_customer(self, letter_id, token=None):
        """Return the letter as superuser for whoever may see its page, an empty one for others.

        :param int letter_id: comes from outside and may be any number
        :param str token: what the link carries; None without one
        """
        if not 0 < letter_id < 2**31:
            return self.sudo().browse()
        letter = self.sudo().browse(letter_id).exists()
        if not letter or not (
                letter.state in _SERVED or letter.is_bounced and letter.state != 'draft'):
            return self.sudo().browse()
        if letter._knows_token(token) or letter._is_customer(self.env.user) \
                or self._is_colleague(letter):
            return letter.with_company(letter.company_id)
        return self.sudo().browse()

    def _knows_token(self, token):
        """Return whether a token from outside is the one of this letter."""
        known = self.access_token
        return bool(known and token) and isinstance(token, str) and _is_same(known, token)

    def _is_customer(self, user):
        """Return whether a user is logged in as a contact of the customer."""
        return not user._is_public() and user.share \
            and user.sudo().partner_id.commercial_partner_id == self.partner_id

    @api.model
    def _is_colleague(self, letter):
        """Return whether the user is one of ours who may read the letter."""
        return self.env.user._is_internal() and self.browse(letter.id).sudo(
            False).has_access('read')

    def _get_customer_domain(self, user):
        """Return the letters that a logged-in customer sees in the list."""
        return Domain('partner_id', '=', user.sudo().partner_id.commercial_partner_id.id) & Domain(
            'state', '=', 'sent')

    # Seen ---------------------------------------------------------------------------------------

    def _set_seen(self):
        """Record the first view by the customer; nobody of ours counts."""
        self.ensure_one()
        if self.seen_at or self.env.user._is_internal():
            return
        # Two tabs opened at once must not collide: the first one counts, the other does nothing.
        self.env.cr.execute(SQL("""
            UPDATE dunning_letter SET seen_at = now() AT TIME ZONE 'UTC', seen_date = %s
             WHERE id = (SELECT id FROM dunning_letter WHERE id = %s AND seen_at IS NULL
                            FOR UPDATE SKIP LOCKED)
        """, self.company_id._get_dunning_today(), self.id))
        self.invalidate_recordset(['seen_at', 'seen_date'])

    # Buttons ------------------------------------------------------------------------------------

    def action_renew_access_token(self):
        """Make the links that were sent worthless; the next mail or the button has a new one."""
        self.check_access('write')
        for letter in self.sudo():
            letter.access_token = str(uuid.uuid4())
            letter._message_log(body=self.env._("The links to the customer's page were renewed."))
        return True

    def action_open_portal(self):
        """Open the page as the customer sees it."""
        self.ensure_one()
        self.check_access('read')
        return {'type': 'ir.actions.act_url', 'target': 'new', 'url': self.access_url}


def _is_same(known, token):
    """Compare in constant time; a token from outside may be anything."""
    return token.isascii() and consteq(known, token)
