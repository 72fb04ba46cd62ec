from odoo import api, fields, models
from odoo.tools import consteq


class DunningPage(models.AbstractModel):
    """A record as a page for its customer: who may see it, and who may speak for the customer.

    Customers have no rights on the record. Controllers ask `_find_for_customer`, which hands it
    out as superuser to whoever knows its token or is logged in as its customer.

    Stands before the model in its ``_inherit``, so that what it closes stays closed.
    """

    _name = 'dunning.page'
    _description = "Page for a Customer"
    _inherit = ['portal.mixin']

    access_token = fields.Char(groups='smart_dunning.group_dunning_user')

    @api.model
    def _get_thread_with_access(self, thread_id, *, hash=None, pid=None, token=None, **kwargs):
        # EXTENDS portal: a link shows the page, never the messages about the record
        return super()._get_thread_with_access(thread_id, **kwargs)

    @api.model
    def _find_for_customer(self, record_id, token=None):
        """Return the record as superuser for whoever may see its page, an empty one for others.

        :param int record_id: comes from outside and may be any number
        :param str token: what the link carries; None without one
        """
        none = self.sudo().browse()
        record = none.browse(record_id).exists() if 0 < record_id < 2**31 else none
        if not record or not record._has_page():
            return none
        if record._is_by_customer(token) or self._is_colleague(record):
            return record.with_company(record.company_id)
        return none

    def _has_page(self):
        """Return whether the record is ready to be seen by its customer."""
        raise NotImplementedError

    def _is_by_customer(self, token=None):
        """Return whether the visitor speaks for the customer: by the token, or logged in."""
        return self._knows_token(token) or self._is_customer(self.env.user)

    def _knows_token(self, token):
        """Return whether a token from outside, which may be anything, is the one of the record."""
        known = self.access_token
        return bool(known and token) and isinstance(token, str) and token.isascii() \
            and consteq(known, token)

    def _is_customer(self, user):
        """Return whether a user is logged in as a contact of the customer."""
        return not user._is_public() and user.share \
            and user.sudo().partner_id.commercial_partner_id == self.partner_id

    @api.model
    def _is_colleague(self, record):
        """Return whether the user is one of ours who may read the record."""
        return self.env.user._is_internal() and self.browse(record.id).sudo(
            False).has_access('read')
