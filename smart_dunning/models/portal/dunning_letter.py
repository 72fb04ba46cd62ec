import uuid

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: Letters that a customer may have in hand.
_SERVED = ('sending', 'sent', 'cancelled')


class DunningLetter(models.Model):
    """The letter as a page for the customer, and that they have seen it."""

    _name = 'dunning.letter'
    _inherit = ['dunning.page', 'dunning.letter']

    seen_date = fields.Date(
        "Seen On", readonly=True, copy=False,
        help="The day on which the customer opened the page or the PDF for the first time.")
    seen_at = fields.Datetime("First Seen", readonly=True, copy=False)

    def _compute_access_url(self):
        for letter in self:
            letter.access_url = f'/my/dunning/letter/{letter.id}'

    def _has_page(self):
        return self.state in _SERVED or self.is_bounced and self.state != 'draft'

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
