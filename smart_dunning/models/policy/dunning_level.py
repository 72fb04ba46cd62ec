from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .bounds import check_text
from .channel import CHANNELS, TRAITS
from .evidence import check_not_written, without

#: What a level says, to customers and to whoever calls them.
TEXTS = ('subject', 'body_html', 'letter_text', 'letter_closing', 'call_script')


class DunningLevel(models.Model):
    """One step of a policy: when it is due, how it reaches the customer and what it says."""

    _name = 'dunning.level'
    _description = "Dunning Level"
    _inherit = ['mail.render.mixin']
    _order = 'policy_id, position'
    _check_company_auto = True

    # Texts are checked when they are written: only template editors may put code into them.
    _unrestricted_rendering = True

    policy_id = fields.Many2one(
        'dunning.policy', required=True, ondelete='cascade', index=True, check_company=True)
    company_id = fields.Many2one(related='policy_id.company_id', store=True, index=True)
    currency_id = fields.Many2one(related='policy_id.currency_id')
    active = fields.Boolean(
        "In Use", default=True,
        help="A level that is archived is kept with its texts, but nobody steps to it.")
    position = fields.Integer(required=True, default=1, aggregator=None)
    name = fields.Char(required=True, translate=True)
    delay = fields.Integer(
        "Days", default=7, required=True, aggregator=None,
        help="Negative: a reminder so many days before the due date.")
    delay_from = fields.Selection([
        ('due_date', "after the due date"),
        ('month_end', "after the end of the due month"),
        ('previous_letter', "after the previous letter"),
    ], string="Counted From", default='due_date', required=True,
        help="From when on the days count. An item that got no letter yet counts from its due "
             "date.")
    channel = fields.Selection(CHANNELS, default='email', required=True)
    min_amount = fields.Monetary(
        "Minimum Amount", aggregator=None,
        help="Below this sum the level waits. In company currency.")
    payment_days = fields.Integer(
        "New Payment Period (Days)", default=7, aggregator=None,
        help="The deadline named in the letter: so many days after its date, on paper the days of "
             "the post added, moved to the next working day.")
    needs_approval = fields.Boolean(
        help="These letters go out only after somebody approved them.")
    is_formal = fields.Boolean(
        "Formal Notice",
        help="A last notice, or the announcement of collection: it goes by itself, only with items "
             "that were dunned at every level before, and no broken promise leads there at once.")
    signatory = fields.Selection([
        ('clerk', "Dunning clerk"), ('salesperson', "Salesperson"), ('user', "A named person"),
    ], default='clerk', required=True,
        help="Who signs the letter, gets the answers and makes the call. Where a customer has no "
             "salesperson, the dunning clerk does.")
    user_id = fields.Many2one('res.users', "Named Person", domain=[('share', '=', False)])
    attach_invoices = fields.Boolean(help="Copies of the invoices by e-mail.")
    attach_statement = fields.Boolean(
        "Attach Account Statement", default=True,
        help="Everything that is open for the customer, credits included.")
    subject = fields.Char(
        translate=True, help="Subject of the e-mail and heading of the letter.")
    body_html = fields.Html(
        "E-mail Text", translate=True, sanitize='email_outgoing', render_engine='qweb',
        render_options={'post_process': True})
    letter_text = fields.Html(
        translate=True, sanitize='email_outgoing', render_engine='qweb',
        help="Above the table of items.")
    letter_closing = fields.Html(
        "Closing Text", translate=True, sanitize='email_outgoing', render_engine='qweb',
        help="Below the table of items, above the greeting.")
    call_script = fields.Html(
        translate=True, sanitize='email_outgoing', render_engine='qweb')
    is_prenotice = fields.Boolean("Before the Due Date", compute='_compute_is_prenotice')

    _position_uniq = models.Constraint(
        'UNIQUE(policy_id, position)', "Each level of a policy has its own position.")
    _position_positive = models.Constraint(
        'CHECK(position BETWEEN 1 AND 1000)', "Positions of levels start with 1 and end with 1000.")
    _amounts_positive = models.Constraint(
        'CHECK(min_amount BETWEEN 0 AND 1e11 AND payment_days BETWEEN 0 AND 3650)',
        "The minimum amount and the payment period must not be negative, the period at most 3650 "
        "days (ten years).")
    _delay_sensible = models.Constraint(
        'CHECK(delay BETWEEN -3650 AND 3650)',
        "A level is due at most 3650 days (ten years) before or after.")

    @api.depends('delay', 'delay_from')
    def _compute_is_prenotice(self):
        for level in self:
            level.is_prenotice = level.delay < 0 and level.delay_from == 'due_date'

    @api.depends('name', 'position', 'policy_id.name')
    @api.depends_context('dunning_with_policy')
    def _compute_display_name(self):
        """Name the level; with its policy where levels of several stand side by side."""
        for level in self:
            name = level.name or str(level.position)
            level.display_name = f"{level.policy_id.name}: {name}" \
                if self.env.context.get('dunning_with_policy') else name

    @api.constrains('delay', 'delay_from', 'is_formal')
    def _check_formal(self):
        for level in self:
            if level.is_formal and level.is_prenotice:
                raise ValidationError(self.env._(
                    "Level %(level)s: a note before the due date is no formal notice.",
                    level=level.name))

    @api.constrains('delay', 'delay_from', 'position')
    def _check_ladder(self):
        """Reminders before the due date come first and count from the due date."""
        for policy in self.policy_id:
            is_past_due = False
            levels = policy.with_context(active_test=False).level_ids
            for level in levels.sorted('position'):
                if level.delay < 0 and level.delay_from != 'due_date':
                    raise ValidationError(self.env._(
                        "Level %(level)s: only days counted from the due date can be negative.",
                        level=level.name))
                if level.is_prenotice and is_past_due:
                    raise ValidationError(self.env._(
                        "Level %(level)s: a reminder before the due date must come before the "
                        "levels after it.", level=level.name))
                is_past_due = is_past_due or not level.is_prenotice

    @api.constrains(*TEXTS)
    def _check_text_lengths(self):
        check_text(self, *TEXTS)

    @api.constrains('signatory', 'user_id')
    def _check_named_person(self):
        for level in self:
            if level.signatory == 'user' and not level.user_id:
                raise ValidationError(self.env._(
                    "Level %(level)s: please choose the person who signs.", level=level.name))

    @api.model_create_multi
    def create(self, vals_list):
        levels = super().create([without(vals, 'company_id') for vals in vals_list])
        levels._fill_texts()
        return levels

    def write(self, vals):
        check_not_written(self, vals, 'company_id')
        result = super().write(vals)
        if 'policy_id' in vals:
            # A level moves into another policy only by whom may change that one, too.
            self.policy_id.check_access('write')
        if 'channel' in vals:
            self._fill_texts()
        self._check_texts(TEXTS if 'channel' in vals else vals.keys() & {*TEXTS})
        return result

    # Channels -----------------------------------------------------------------------------------

    @api.model
    def _get_channels(self):
        """Return {code: `channel.Channel`}; an addon adds the row of its own channel."""
        return dict(TRAITS)

    @api.model
    def _find_channels(self, trait):
        """Return the codes of the channels of which something is true.

        :param trait: the name of an attribute of `channel.Channel`
        """
        return [code for code, channel in self._get_channels().items() if getattr(channel, trait)]
