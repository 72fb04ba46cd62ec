from odoo import models


class DunningAgreement(models.AbstractModel):
    """What happens to an agreement stands in the debtor's history, and changes their figures."""

    _inherit = 'dunning.agreement'

    def _tell(self, text):
        result = super()._tell(text)
        for agreement in self:
            self.env['dunning.debtor']._get_of(agreement).message_post(
                body=text, author_id=self.env.user.partner_id.id)
        return result

    def web_save(self, vals, specification, next_id=None):
        # EXTENDS web: behind the dialog is the debtor, whose next step must not go on announcing a
        # letter that the agreement has just made needless.
        result = super().web_save(vals, specification, next_id=next_id)
        for agreement in self or self.browse([row['id'] for row in result]):
            self.env['dunning.debtor']._get_of(agreement)._refresh_own()
        return result
