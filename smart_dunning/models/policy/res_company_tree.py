from odoo import models


class ResCompany(models.Model):
    """A company with its branches is one creditor: what one of them is paid, all are paid."""

    _inherit = 'res.company'

    def _get_dunning_tree(self):
        """Return the companies of the same creditors, these first, readable whoever asks.

        Branches that are archived are no part of it any more: nobody writes for them.
        """
        root = self.sudo().root_id
        return self.sudo() | root.with_context(active_test=True).search(
            [('id', 'child_of', root.ids)])

    def _get_dunning_branches(self):
        """Return the company and the branches below it: whom its runs write for."""
        self.ensure_one()
        return self.sudo() | self.sudo().search([('id', 'child_of', self.ids)])

    def _get_dunning_country(self):
        """Return the country whose law holds: a branch without one is where the one above it is.
        """
        self.ensure_one()
        homes = reversed(self.sudo().parent_ids)      # this company comes last
        return next((home.country_id for home in homes if home.country_id), self.country_id)

    def _is_dunned_by_parent(self):
        """Return whether the nightly run of a company above writes for this one as well."""
        self.ensure_one()
        return any((self.sudo().parent_ids - self).mapped('dunning_active'))
