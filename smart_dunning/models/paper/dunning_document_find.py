import re

from odoo import api, models
from odoo.fields import Domain

from . import qr_reference

#: PostgreSQL knows no greater ids.
_MOST_ID = 2**31
_SEPARATORS = re.compile(r'[\s,;:]+')


class DunningDocument(models.AbstractModel):
    """Finding documents by what customers write on transfers: number or QR reference."""

    _inherit = 'dunning.document'

    @api.model
    def _get_known_domain(self):
        """Return the documents that customers have."""
        raise NotImplementedError

    @api.model
    def _find_by_texts(self, company, texts):
        """Return {text: documents of the creditor that it names}, of those that customers have.

        :param texts: what customers wrote on transfers
        """
        words = {
            text: {word.strip('.()') for word in _SEPARATORS.split(text)} - {''} for text in texts}
        numbers = {
            text: {number for number in qr_reference.read_references(text, self._qr_kind)
                   if number < _MOST_ID} for text in words}
        documents = self.sudo().search(
            Domain('company_id', 'in', company._get_dunning_tree().ids) & self._get_known_domain()
            & (Domain('name', 'in', list(set().union(*words.values())))
               | Domain('id', 'in', list(set().union(*numbers.values()))))) if words else self
        return {
            text: documents.filtered(lambda one: (
                one.name in words[text] or one.id in numbers[text]))      # noqa: B023
            for text in words}
