import re

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from ..policy.bounds import MOST_TEXT, get_field_label

# What a text of a level may name without any rights on templates: all plain text, already in the
# customer's language. Documented for administrators in docs/administrator.md.
PLACEHOLDERS = (
    'name', 'salutation', 'customer_name', 'company_name', 'amount_text', 'deadline_text',
    'oldest_due_text', 'days_overdue_text', 'invoice_numbers', 'signer_name', 'signer_phone',
    'signer_email', 'letter_date_text', 'last_letter_text', 'level_name', 'invoices_short',
    'charges_text', 'reference_text',
)
# A name that a text takes from its letter.
_PLACEHOLDER = re.compile(r'\bobject\.(\w+)')
# So many invoices are named in a subject.
_NAMED = 2
# A label whose placeholder is empty; a label before a list has no space behind its colon.
_EMPTY_LABEL = re.compile(r'<(li|p)>[^<>]*:\s+</\1>\s*')


class DunningLetter(models.Model):
    """The words of a letter: the texts of its level, filled in and in the customer's language."""

    _inherit = 'dunning.letter'

    salutation = fields.Char(compute='_compute_texts')
    customer_name = fields.Char(compute='_compute_texts')
    company_name = fields.Char(compute='_compute_texts')
    amount_text = fields.Char(compute='_compute_texts')
    deadline_text = fields.Char(compute='_compute_texts')
    oldest_due_text = fields.Char(compute='_compute_texts')
    days_overdue_text = fields.Char(compute='_compute_texts')
    invoice_numbers = fields.Char(compute='_compute_texts')
    signer_name = fields.Char(compute='_compute_texts')
    signer_phone = fields.Char(compute='_compute_texts')
    signer_email = fields.Char(compute='_compute_texts')
    letter_date_text = fields.Char(compute='_compute_texts')
    last_letter_text = fields.Char(compute='_compute_texts')
    level_name = fields.Char(compute='_compute_texts')
    invoices_short = fields.Char(compute='_compute_texts')
    charges_text = fields.Char(compute='_compute_texts')
    reference_text = fields.Char(compute='_compute_texts')

    @api.model
    def mail_allowed_qweb_expressions(self):
        # EXTENDS mail: these need no rights on templates, and are rendered without any code
        return (*super().mail_allowed_qweb_expressions(), *(
            f'object.{name}' for name in PLACEHOLDERS))

    @api.depends('recipient_id', 'partner_id', 'company_id', 'level_id', 'state')
    def _compute_lang(self):  # pylint: disable=missing-return
        # EXTENDS paper: a language in which a text of the level is missing is none for the letter.
        # What was sent says nothing of the level any more: its page stays in the customer's.
        super()._compute_lang()
        others = self.filtered(
            lambda letter: letter.state != 'sent' and not letter.lang.startswith('en'))
        lacking = others.level_id._get_lacking_langs()
        for letter in others:
            missing = lacking.get(letter.level_id._origin.id, ())
            if letter.lang in missing:
                letter.lang = self._choose_lang(
                    *(lang for lang in letter._get_lang_wishes() if lang not in missing))

    @api.depends_context('lang')
    @api.depends('amount_total', 'deadline', 'date', 'recipient_id', 'user_id', 'line_ids.state')
    def _compute_texts(self):
        """Fill in the placeholders, each letter in its own language."""
        for letter in self:
            letter.update(letter.with_context(lang=letter.lang)._prepare_text_values())

    def _prepare_text_values(self):
        """Return {placeholder: text} in the language of the context; extend it for own ones."""
        self.ensure_one()
        lines = self._get_asked_lines()
        signer = self.user_id.partner_id
        previous = self._get_previous_dates()
        return {
            'salutation': self._get_salutation(),
            'customer_name': self.partner_id.name,
            'company_name': self.company_id.name,
            'amount_text': self._format_amount(self.amount_total),
            'deadline_text': self._format_long_date(self.deadline),
            'oldest_due_text': self._format_long_date(self.oldest_due_date),
            'days_overdue_text': str(max(
                0, (self.date - self.oldest_due_date).days if self.oldest_due_date else 0)),
            'invoice_numbers': ", ".join(dict.fromkeys(filter(None, lines.mapped('name')))),
            'signer_name': signer.name or '',
            'signer_phone': signer.phone or self.company_id.phone or '',
            'signer_email': self.company_id._choose_dunning_address(self.user_id),
            'letter_date_text': self._format_long_date(self.date),
            'last_letter_text': self._format_long_date(max(previous)) if previous else '',
            'level_name': self.level_id.name,
            'invoices_short': self._get_invoices_short(),
            'charges_text': self._get_charges_text(),
            'reference_text': self._get_reference_to_type(),
        }

    def _get_invoices_short(self):
        """Return the invoices for a subject: by number, and how many where they are many."""
        numbers = self._get_invoice_numbers()
        named = ", ".join(numbers[:_NAMED]) + (", …" if len(numbers) > _NAMED else "")
        if self._get_asked_lines().move_id.sudo().filtered(
                lambda move: not move.is_sale_document(include_receipts=True)):
            return named
        if len(numbers) == 1:
            return self.env._("invoice %(number)s", number=named)
        return self.env._(
            "%(count)s invoices (%(numbers)s)", count=len(numbers), numbers=named)

    def _get_charges_text(self):
        """Return in parentheses what of the total is interest, lump sum and costs, or ''."""
        parts = [
            (self.amount_interest, self.env._("late-payment interest %(amount)s")),
            (self.amount_lump_sum, self.env._("lump sum %(amount)s")),
            (self.amount_fee, self.env._("dunning costs %(amount)s")),
            (self.amount_charges, self.env._("from earlier letters %(amount)s"))]
        texts = [text % {'amount': self._format_amount(amount)} for amount, text in parts
                 if not self.currency_id.is_zero(amount)]
        return texts and self.env._("(of which %(parts)s)", parts=", ".join(texts)) or ''

    def _get_previous_dates(self):
        """Return when letters asked for these items before; a note before the due date asked none.

        A letter that counts as sent has already put its own level and date on the items.
        """
        known = (
            (line.previous_level_id, line.previous_date) if line.state == 'sent'
            else (line.move_line_id.dunning_level_id, line.move_line_id.dunning_date)
            for line in self._get_asked_lines().sudo())
        return [date for level, date in known if date and level and not level.is_prenotice]

    def _get_asked_lines(self):
        """Return the lines that the letter really asks for: not what was paid meanwhile."""
        return self.line_ids.filtered(lambda line: line.state not in ('dropped', 'undone'))

    def _format_amount(self, amount):
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    def _format_long_date(self, date):
        return self._format_in_words(date, 'long')

    def _get_text_trouble(self, level, field_name, error):
        """Return in a sentence which text of which level cannot be filled in, and why."""
        known = self._fields.keys()
        unknown = [
            name for name in _PLACEHOLDER.findall(level[field_name] or '') if name not in known]
        while error.__cause__ or error.__context__:
            error = error.__cause__ or error.__context__
        reason = self.env._("the placeholder “%(name)s” is unknown", name=f'object.{unknown[0]}') \
            if unknown else str(error).strip().split('\n')[0]
        return self.env._(
            "The text “%(text)s” of level “%(level)s” (policy %(policy)s) cannot be filled in: "
            "%(reason)s.", text=get_field_label(level, field_name), level=level.name,
            policy=level.policy_id.name, reason=reason)

    def _render_text(self, field_name):
        """Return a text of the level, filled in for this letter, in the customer's language.

        Raises UserError when the text cannot be rendered.

        :param field_name: `subject`, `body_html`, `letter_text`, `letter_closing`, `call_script`
        """
        self.ensure_one()
        letter = self.with_context(lang=self.lang).with_company(self.company_id)
        level = letter.level_id.sudo()
        engine = getattr(level._fields[field_name], 'render_engine', 'inline_template')
        try:
            text = level._render_field(field_name, letter.ids, engine=engine)[self.id] or ''
        except psycopg2.Error:
            raise
        except Exception as error:
            raise UserError(self._get_text_trouble(level, field_name, error)) from error
        if len(text) > MOST_TEXT:
            raise UserError(self.env._(
                "The text “%(text)s” of level “%(level)s” has %(count)s characters once it is "
                "filled in; at most %(most)s are possible.", level=level.name, count=len(text),
                text=get_field_label(level, field_name), most=MOST_TEXT))
        if isinstance(text, Markup):
            # A text names what not every letter has, such as the letter before.
            text = Markup(_EMPTY_LABEL.sub('', text))  # noqa: S704, only takes away
        return text
