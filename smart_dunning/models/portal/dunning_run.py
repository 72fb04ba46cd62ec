import uuid

from odoo import models


class DunningRun(models.Model):
    _inherit = 'dunning.run'

    def _insert_letters(self, values_list):
        # EXTENDS run: every letter has its token from the first moment, so that no preview writes
        for values in values_list:
            values['access_token'] = str(uuid.uuid4())
        return super()._insert_letters(values_list)
