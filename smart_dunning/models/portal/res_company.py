from odoo import fields, models


class ResCompany(models.Model):
    _inherit = 'res.company'

    dunning_portal = fields.Boolean(
        "Link to the Customer's Page", default=True,
        help="E-mails get a button and letters a short link to a page on which customers see what "
             "is open, pay it and answer.")
    dunning_portal_qr = fields.Boolean(
        "QR Code of the Customer's Page",
        help="Letters show a second QR code, which opens the page.")
    dunning_pending_days = fields.Integer(
        "Days for Pending Online Payments", default=5,
        help="So long items wait whose online payment is on its way: bank debits take days. 0: "
             "they do not wait.")

    _dunning_pending_days_sensible = models.Constraint(
        'CHECK(dunning_pending_days BETWEEN 0 AND 365)',
        "Pending payments keep items waiting for 0 to 365 days.")
