from odoo import api, models


class DunningCharge(models.Model):
    _inherit = 'dunning.charge'

    @api.model_create_multi
    def create(self, vals_list):
        charges = super().create(vals_list)
        self.env['dunning.debtor.change']._enqueue_of(charges)
        return charges

    def _withdraw(self):
        self.env['dunning.debtor.change']._enqueue_of(self.sudo())
        return super()._withdraw()

    def _tell_waived(self, waivers):
        self.env['dunning.debtor.change']._enqueue_of(waivers)
        for debtor, of_debtor in waivers.grouped(
                self.env['dunning.debtor']._get_of).items():
            debtor.message_post(body=of_debtor._get_sentence())
        return super()._tell_waived(waivers)

    def _ask_about_credits(self, corrections):
        # EXTENDS claim
        for debtor, of_debtor in corrections.grouped(self.env['dunning.debtor']._get_of).items():
            names = ", ".join(of_debtor.charge_id.move_id.mapped('name'))
            debtor._schedule_charge_activity(lambda env, names=names: env._(
                "%(invoices)s was wholly credited: fees and interest were taken back. If it was "
                "credited for other reasons than that it was not owed, please claim them again.",
                invoices=names))
        return super()._ask_about_credits(corrections)

    def _set_booking_failed(self, reason):
        for debtor, charges in self.sudo().grouped(
                self.env['dunning.debtor']._get_of).items():
            debtor._schedule_charge_activity(lambda env, charges=charges: env._(
                "%(charges)s could not be booked: %(reason)s", reason=reason,
                charges=", ".join(charges.with_env(env).mapped('name'))))
        return super()._set_booking_failed(reason)
