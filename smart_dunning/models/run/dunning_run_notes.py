from odoo import api, fields, models
from odoo.tools import SQL, format_date

#: So many customers are named in a remark.
_NAMED = 3


class DunningRun(models.Model):
    """What somebody has to know before letters leave; told at activation, and on each run."""

    _inherit = 'dunning.run'

    def _tell_notes(self, plan_letters, contacts):
        """Let whoever looks at the proposal read what is missing for these letters."""
        notes = self._get_claim_notes() if self._may_claim(plan_letters) else []
        notes += self._get_paper_notes(contacts)
        self.note = "\n".join(notes) or self.note

    def _may_claim(self, plan_letters):
        levels = self.env['dunning.level'].browse({letter.level.id for letter in plan_letters})
        return any(level.charge_interest or level.charge_lump_sum or level.fee_amount
                   for level in levels)

    def _get_paper_notes(self, contacts):
        """Return in words what letters to these contacts would lack: account, words, fonts.

        :param contacts: what `_get_contacts` gave
        """
        if not contacts:
            return []
        recipients = [contact['recipient_id'] for contact in contacts.values()]
        return [*self._get_bank_notes(), *self._get_lang_notes(recipients),
                *self._get_font_notes({*recipients, *contacts})]

    # Account to pay to --------------------------------------------------------------------------

    def _get_bank_notes(self):
        """Return in words that letters ask for money and name no account to pay to."""
        if self.company_id._get_dunning_banks():
            return []
        return [self.env._(
            "%(company)s has no bank account, so that its letters ask for a transfer and name no "
            "account. Until there is one, the nightly run sends nothing without approval. Please "
            "enter it under Invoicing, Configuration, Add a Bank Account.",
            company=self.company_id.name)]

    def _hold_back_unpayable(self):
        """Leave letters for review that name no account to pay to; calls name none anyway."""
        self._find_letters('ready').filtered(lambda letter: letter._is_unpayable()).write(
            {'state': 'draft'})

    # Words and fonts ----------------------------------------------------------------------------

    def _get_lang_notes(self, recipient_ids):
        """Return in words which languages of recipients the letters cannot speak or print."""
        letters, company = self.env['dunning.letter'], self.company_id
        self.env['res.partner'].flush_model(['lang'])
        langs = [lang for lang, in self.env.execute_query(SQL("""
            SELECT DISTINCT lang FROM res_partner WHERE id = ANY(%s) AND lang IS NOT NULL
          ORDER BY lang
        """, recipient_ids))]
        names = dict(self.env['res.lang'].get_installed())
        notes, instead = [], letters._choose_lang(company.partner_id.lang, self.env.lang)
        for lang in langs:
            if not letters._speaks(lang):
                notes.append(self.env._(
                    "Letters have no words in %(lang)s: customers with this language get theirs "
                    "in %(instead)s.", lang=names.get(lang, lang),
                    instead=names.get(instead, instead)))
            elif not company._can_print(lang):
                notes.append(self.env._(
                    "No font on this server has the letters of %(lang)s: on paper there would be "
                    "boxes. Please install one (on Debian: fonts-noto).",
                    lang=names.get(lang, lang)))
        return notes

    def _get_font_notes(self, partner_ids):
        """Return in words whose name or address no font can print; plain ones are not read."""
        self.env['res.partner'].flush_model(['name', 'street', 'street2', 'city'])
        rows = self.env.execute_query(SQL("""
            SELECT name, concat_ws(' ', name, street, street2, city) AS text FROM res_partner
             WHERE id = ANY(%s) AND octet_length(concat(name, street, street2, city))
                                    != length(concat(name, street, street2, city))
          ORDER BY name, id
        """, list(partner_ids)))
        # All at once, since mostly nothing is missing.
        missing = set(self.company_id._find_unprintable("".join(text for _name, text in rows)))
        whose = [name for name, text in rows if not missing.isdisjoint(text)]
        if not whose:
            return []
        return [self.env._(
            "No font on this server has some characters of the name or address of %(names)s: on "
            "paper there would be boxes. Please install one (on Debian: fonts-noto).",
            names=", ".join(whose[:_NAMED]) + (" …" if len(whose) > _NAMED else ""))]

    # Activation ---------------------------------------------------------------------------------

    def _get_activation_notes(self, plan):
        """Return in words what the first night would lack, for a `ladder.Plan`."""
        self.ensure_one()
        contacts = self._get_contacts({letter.partner for letter in plan.letters})
        return [
            *self._get_guard_notes(plan), *self._get_sender_notes(plan, contacts),
            *(self._get_paper_notes(contacts) or self._get_bank_notes()),
            *self._get_level_notes(plan, contacts), *self._get_particulars_notes()]

    def _get_guard_notes(self, plan):
        """Return in words which policies would send nothing: their bank entries are too old."""
        is_stale = self._get_bank_guard()
        newest = self.bank_date or self._get_bank_date()
        policies = self.env['dunning.policy'].browse({letter.policy for letter in plan.letters})
        return [self.env._(
            "%(policy)s: nothing would be sent, since the newest bank entry is of %(date)s and the "
            "policy allows %(days)s days.", policy=policy.name, days=policy.bank_guard_days,
            date=format_date(self.env, newest)) if newest else self.env._(
            "%(policy)s: nothing would be sent, since there is no bank entry at all.",
            policy=policy.name) for policy in policies.sorted('sequence') if is_stale(policy)]

    def _get_sender_notes(self, plan, contacts):
        """Return in words who would sign e-mails without any address to send them from."""
        levels = {level.id: level for level in self.env['dunning.level'].browse(
            {letter.level.id for letter in plan.letters})}
        sign = self._get_signers(contacts, levels.values())
        signer_ids = set()
        for letter in plan.letters:
            level, contact = levels[letter.level.id], contacts[letter.partner]
            if level._get_channels()[level._choose_channel(contact)].is_mail:
                signer_ids.add(sign(level, contact) or None)
        nobody = [
            user.sudo().name or self.company_id.name
            for user in (self.env['res.users'].browse(signer_id) for signer_id in signer_ids)
            if not self.company_id._choose_dunning_address(user)]
        return [self.env._(
            "Neither %(name)s nor the company has an e-mail address: no letter can be sent by "
            "e-mail.", name=name) for name in nobody]

    def _get_level_notes(self, plan, contacts):
        """Return in words which levels have no text of their own in a language of customers."""
        levels = self.env['dunning.level'].browse({letter.level.id for letter in plan.letters})
        partners = self.env['res.partner'].browse(
            {contact['recipient_id'] for contact in contacts.values()})
        letters = self.env['dunning.letter']
        names = dict(self.env['res.lang'].get_installed())
        langs = sorted({lang for lang in partners.mapped('lang') if letters._speaks(lang)})
        lacking = levels._get_lacking_langs()
        return [
            self.env._(
                "A text of level %(level)s (%(policy)s) is missing in %(lang)s: customers with "
                "this language get the whole letter in another one. Please translate its texts.",
                level=level.name, policy=level.policy_id.name, lang=names.get(lang, lang))
            for level in levels.sorted(lambda one: (one.policy_id.id, one.position))
            for lang in langs if lang in lacking[level.id]]

    def _get_particulars_notes(self):
        """Return in words that the law wants more on the letters of a German company."""
        return [self.env._(
            "Neither a register number nor a footer is set for %(company)s: letters and e-mails "
            "of a registered company have to name legal form, seat, register and directors "
            "(§ 35a GmbHG). Please see Settings, Document Layout.", company=company.name)
            # A branch may write in its own name.
            for company in self.company_id._get_dunning_branches()
            if company._get_dunning_country().code == 'DE'
            and not company.company_registry and not company.report_footer]


class DunningLetter(models.Model):
    _inherit = 'dunning.letter'

    paper_warning = fields.Char(compute='_compute_paper_warning')

    @api.depends('company_id', 'partner_id', 'recipient_id', 'state', 'channel',
                 'insolvency_words', 'lang')
    def _compute_paper_warning(self):
        """Say what is missing on a letter that has not left yet."""
        for letter in self:
            run = letter.run_id.sudo().with_company(letter.company_id)
            is_open = letter.state in ('draft', 'ready', 'failed') and letter.company_id
            letter.paper_warning = is_open and " ".join((
                *letter._get_bank_warning(), *letter._get_insolvency_warning(),
                *letter._get_lang_warning(),
                *run._get_font_notes((letter.partner_id | letter.recipient_id).ids))) or False

    def _get_insolvency_warning(self):
        """Return in words that the customer's name tells of insolvency."""
        return [self.env._(
            "The name of %(customer)s says “%(words)s”: once insolvency proceedings are opened, "
            "claims are filed with the administrator, and reminders lead nowhere. Please check "
            "before you approve the letter.", customer=self.partner_id.name,
            words=self.insolvency_words)] if self.insolvency_words else []

    def _get_lang_warning(self):
        """Return in words that the letter is not in the customer's language, since a text lacks."""
        wished = next(filter(self._speaks, self._get_lang_wishes()), self.lang)
        if wished == self.lang:
            return []
        names = dict(self.env['res.lang'].get_installed())
        return [self.env._(
            "A text of level %(level)s is missing in %(lang)s, so that the whole letter is in "
            "%(instead)s.", level=self.level_id.name, lang=names.get(wished, wished),
            instead=names.get(self.lang, self.lang))]

    def _is_unpayable(self):
        """Return whether the letter should name an account to pay to and there is none.

        Calls name none anyway.
        """
        return bool(self._get_channel().needs) and not self.company_id._get_dunning_banks()

    def _get_bank_warning(self):
        """Return in words that the letter names no account to pay to."""
        if not self._is_unpayable():
            return []
        return [self.env._(
            "The letter names no account to pay to, since %(company)s has none.",
            company=self.company_id.name)]
