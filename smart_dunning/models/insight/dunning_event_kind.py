from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL, LazyTranslate, format_date

from ...logic.exposure import LEVEL
from ..hold.dunning_debtor import load_reason

_lt = LazyTranslate(__name__)

#: What happened longer ago is no news, whatever kept the scheduler from running.
NEWS_DAYS = 30
#: Use of a limit from which it counts as nearly used, and below which it does so no more.
NEARLY_USED, USED_LESS = 0.9, 0.8
#: How long a big customer may be late without anybody hearing of it: the bank needs its time.
LATE_DAYS = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What is to be known of a kind of events; see `DunningEvent._get_kinds`."""

    label: object           # the words of the selection, `_lt`
    model: str              # what it is about: name of the model
    find: str               # method of `dunning.event` (company, date) -> Found; None: none at all
    sentence: str           # method of an event -> text in the language of the environment
    is_state: bool = False      # it lasts: found as long as it is so, told when it begins
    is_nightly: bool = False    # takes long, and time alone changes it: looked at once a night
    stands_before: bool = False     # may last since long before anybody looked for it
    is_kept: bool = False       # reports read it: it is never forgotten
    way: str = 'none'           # by which new policies tell it: none, activity, mail
    recipient: str = 'responsible'      # and whom: responsible, salesperson, leader, user
    activity: str = 'smart_dunning.mail_activity_dunning_event'


@dataclass(frozen=True, slots=True)
class Found:
    """Where findings of a kind are read: SQL of the source, and of each column from it.

    What is no state is found for a limited time, as `NEWS_DAYS`, or told again when
    `dunning.event` has forgotten it.
    """

    source: SQL                 # what follows FROM, conditions included
    partner: SQL                # commercial partner
    record: SQL                 # id of what it is about
    occasion: SQL = SQL("''")   # what makes another event of the same record
    amount: SQL = SQL("0")      # in `currency`
    currency: SQL = SQL("NULL::int")    # id; none: that of the company
    due: SQL = SQL("NULL::date")
    level: SQL = SQL("NULL::int")
    user: SQL = SQL("NULL::int")        # who looks after the record itself
    facts: SQL = SQL("NULL::jsonb")     # what the sentence needs besides
    begins: SQL = SQL("TRUE")           # states: false where it goes on but does not begin
    whole: SQL | None = None    # the same source, where it is quicker for all customers at once

    def get_query(self, kind, model, company, is_whole=False):
        """Return the findings as one query with the columns of an event.

        :param is_whole: whether all customers of the company are looked at
        """
        return SQL("""
            SELECT %(kind)s AS kind, %(partner)s AS partner_id, %(model)s AS res_model,
                   %(record)s AS res_id, %(occasion)s AS occasion, %(amount)s AS amount,
                   COALESCE(%(currency)s, %(own_currency)s) AS currency_id, %(due)s AS date_due,
                   %(level)s AS level_id, %(user)s AS user_id, %(facts)s AS facts,
                   %(begins)s AS begins
              FROM %(source)s
        """, kind=kind, model=model, own_currency=company.currency_id.id,
            source=is_whole and self.whole or self.source,
            **{name: getattr(self, name) for name in (
                'partner', 'record', 'occasion', 'amount', 'currency', 'due', 'level', 'user',
                'facts', 'begins')})


class DunningEvent(models.Model):
    """The kinds of events: where each is found, and what is said of it."""

    _inherit = 'dunning.event'

    @api.model
    def _get_kinds(self):
        """Return {name: `Kind`}. An addon adds a row through super(), and its two methods."""
        activity = 'smart_dunning.mail_activity_dunning_'
        return {
            'level_reached': Kind(
                _lt("Level reached"), 'dunning.letter', '_find_levels_reached', '_say_level'),
            'hold_begun': Kind(
                _lt("Hold begun"), 'dunning.debtor', '_find_holds', '_say_hold',
                is_state=True, stands_before=True, recipient='salesperson'),
            'hold_ended': Kind(
                _lt("Hold ended"), 'dunning.debtor', '_find_holds_ended', '_say_hold_end',
                recipient='salesperson'),
            'delivery_held': Kind(
                _lt("Delivery held"), 'stock.picking', '_find_held_deliveries',
                '_say_held_delivery', is_state=True, stands_before=True, is_kept=True,
                recipient='salesperson'),
            'promise_broken': Kind(
                _lt("Promise broken"), 'dunning.promise', '_find_broken_promises',
                '_say_promise', is_state=True, way='activity', activity=activity + 'promise'),
            'limit_near': Kind(
                _lt("Limit nearly used"), 'dunning.debtor', '_find_limits_near', '_say_limit',
                is_state=True, stands_before=True, way='activity', recipient='salesperson'),
            'letter_bounced': Kind(
                _lt("Letter came back"), 'dunning.letter', '_find_bounces', '_say_bounce',
                way='activity', activity=activity + 'bounce'),
            'claim_limitation': Kind(
                _lt("Claim soon time-barred"), 'account.move', '_find_limitations',
                '_say_limitation', is_nightly=True, way='activity',
                activity=activity + 'limitation'),
            'big_late': Kind(
                _lt("Big customer late"), 'dunning.debtor', '_find_big_late', '_say_big_late',
                is_state=True, stands_before=True, way='activity', recipient='salesperson'),
        }

    # Where they are found -----------------------------------------------------------------------

    @api.model
    def _find_levels_reached(self, company, date):
        """A letter was served: its level counts as reached."""
        return Found(
            SQL("""dunning_letter letter
                 WHERE letter.company_id = %s AND letter.state = 'sent'
                   AND letter.sent_date > %s::date - %s::int""", company.id, date, NEWS_DAYS),
            partner=SQL("letter.partner_id"), record=SQL("letter.id"),
            amount=SQL("letter.amount_total"), currency=SQL("letter.currency_id"),
            due=SQL("letter.deadline"), level=SQL("letter.level_id"), user=SQL("letter.user_id"),
            facts=SQL("jsonb_build_object('letter', letter.name)"))

    @api.model
    def _find_bounces(self, company, date):
        """A mail came back; that of another address is another event."""
        return Found(
            SQL("""dunning_letter letter
                 WHERE letter.company_id = %s AND letter.is_bounced
                   AND letter.bounced_date > %s::date - %s::int""", company.id, date, NEWS_DAYS),
            partner=SQL("letter.partner_id"), record=SQL("letter.id"),
            occasion=SQL("COALESCE(letter.bounced_email, '')"), amount=SQL("letter.amount_total"),
            currency=SQL("letter.currency_id"), level=SQL("letter.level_id"),
            facts=SQL("jsonb_build_object('email', letter.bounced_email)"))

    @api.model
    def _find_holds(self, company, _date):
        return Found(
            SQL("dunning_debtor debtor WHERE debtor.company_id = %s "
                "AND debtor.hold_state = 'block'", company.id),
            partner=SQL("debtor.partner_id"), record=SQL("debtor.id"),
            amount=SQL("debtor.exposure"), level=SQL("debtor.level_id"),
            facts=SQL("debtor.hold_reasons"))

    @api.model
    def _find_holds_ended(self, company, date):
        """A hold that was known of is over; how it began says which one."""
        return Found(
            SQL("""dunning_event begun JOIN dunning_debtor debtor ON debtor.id = begun.res_id
                 WHERE begun.kind = 'hold_begun' AND begun.company_id = %s
                   AND begun.date_over > %s::date - %s::int""", company.id, date, NEWS_DAYS),
            partner=SQL("debtor.partner_id"), record=SQL("debtor.id"),
            occasion=SQL("begun.id::text"), amount=SQL("debtor.exposure"))

    @api.model
    def _find_held_deliveries(self, company, _date):
        """A delivery waits because of a hold; its salesperson has an activity of the room gate.

        Kept, since the delivery forgets it: `dunning.held.report` counts what was paid afterwards.
        """
        held = self.env['dunning.held.delivery'].sudo()._table_query
        return Found(
            SQL("(%s) held WHERE held.company_id = %s", held, company.id),
            partner=SQL("held.partner_id"), record=SQL("held.picking_id"),
            occasion=SQL("held.held_since::text"), amount=SQL("held.amount"),
            due=SQL("(held.held_since AT TIME ZONE 'UTC' AT TIME ZONE %s)::date",
                    company._get_dunning_timezone()),
            user=SQL("held.user_id"),
            facts=SQL("jsonb_build_object('name', held.name)"))

    @api.model
    def _find_broken_promises(self, company, _date):
        """Kept in part and not at all are two states."""
        return Found(
            SQL("""dunning_promise promise
                 WHERE promise.company_id = %s AND promise.state IN ('broken', 'partly')""",
                company.id),
            partner=SQL("promise.partner_id"), record=SQL("promise.id"),
            occasion=SQL("promise.state"), amount=SQL("promise.amount"),
            currency=SQL("promise.currency_id"), user=SQL("promise.user_id"),
            facts=SQL("jsonb_build_object('until', promise.date, 'paid', promise.amount_paid)"))

    @api.model
    def _find_limits_near(self, company, _date):
        return Found(
            SQL("""dunning_debtor debtor
                 WHERE debtor.company_id = %s AND debtor.credit_limit > 0
                   AND debtor.exposure >= debtor.credit_limit * %s""", company.id, USED_LESS),
            partner=SQL("debtor.partner_id"), record=SQL("debtor.id"),
            amount=SQL("debtor.exposure"),
            begins=SQL("debtor.exposure >= debtor.credit_limit * %s", NEARLY_USED),
            facts=SQL("jsonb_build_object('limit', debtor.credit_limit)"))

    @api.model
    def _find_limitations(self, company, date):
        return Found(
            SQL("(%s) claim", self.env['dunning.claim']._get_near_limitation(company, date)),
            partner=SQL("claim.partner_id"), record=SQL("claim.move_id"),
            occasion=SQL("claim.limitation_date::text"), amount=SQL("claim.amount"),
            due=SQL("claim.limitation_date"), facts=SQL("jsonb_build_object('name', claim.name)"),
            # A dispute moves the date each day: that is news once in a while.
            begins=SQL("""NOT EXISTS (
                SELECT FROM dunning_event told
                 WHERE told.kind = 'claim_limitation' AND told.res_model = 'account.move'
                   AND told.res_id = claim.move_id
                   AND told.date_due >= claim.limitation_date - %s::int)""", NEWS_DAYS))

    @api.model
    def _find_big_late(self, company, date):
        """Somebody who bought for so much in twelve months has something overdue."""
        if not company.dunning_big_sales:
            return None
        sales = SQL("""
            SELECT line.partner_id, sum(line.balance) AS amount
              FROM account_move_line line JOIN account_move move ON move.id = line.move_id
             WHERE line.company_id = %(company)s AND line.account_id IN %(accounts)s
               AND line.parent_state = 'posted' AND line.date <= %(date)s
               AND line.date > %(date)s::date - interval '1 year'
               AND move.move_type IN ('out_invoice', 'out_receipt', 'out_refund')
        """, accounts=self.env['dunning.item']._get_accounts(), company=company.id, date=date)
        late = SQL("""debtor.company_id = %s AND debtor.overdue_amount > 0
                      AND debtor.oldest_due_date < %s::date - %s::int""",
                   company.id, date, LATE_DAYS)
        least = company.dunning_big_sales
        return Found(
            SQL("""dunning_debtor debtor
        CROSS JOIN LATERAL (%s AND line.partner_id = debtor.partner_id GROUP BY 1) sales
             WHERE %s AND sales.amount >= %s""", sales, late, least),
            # One pass through the ledger instead of one for each customer.
            whole=SQL("""dunning_debtor debtor
                    JOIN (%s GROUP BY 1 HAVING sum(line.balance) >= %s) sales
                      ON sales.partner_id = debtor.partner_id WHERE %s""", sales, least, late),
            partner=SQL("debtor.partner_id"), record=SQL("debtor.id"),
            amount=SQL("debtor.overdue_amount"), due=SQL("debtor.oldest_due_date"),
            facts=SQL("jsonb_build_object('sales', sales.amount)"))

    # What is said -------------------------------------------------------------------------------

    def _format(self, amount):
        return self.currency_id.format(float(amount or 0.0))

    def _say_level(self):
        return self.env._(
            "%(customer)s was sent “%(level)s” of %(amount)s (%(letter)s).",
            customer=self.partner_id.display_name, level=self.level_id.name or "…",
            amount=self._format(self.amount), letter=self.facts['letter'])

    def _say_bounce(self):
        return self.env._(
            "The e-mail to %(email)s came back. The letter waits to be printed; please correct "
            "the address of %(customer)s.", email=self.facts['email'] or "…",
            customer=self.partner_id.display_name)

    def _say_hold(self):
        check = self.env['dunning.hold.check']
        known = check._get_triggers()
        level = self.level_id.name      # in the language of the reader, not of the nightly job
        return self.env._(
            "%(customer)s is on hold: %(reasons)s", customer=self.partner_id.display_name,
            reasons=" ".join(
                check._get_reason_text(
                    reason._replace(text=level) if reason.code == LEVEL and level else reason,
                    self.company_id)
                for reason in map(load_reason, self.facts or ()) if reason.code in known))

    def _say_hold_end(self):
        return self.env._(
            "The hold of %(customer)s has ended.", customer=self.partner_id.display_name)

    def _say_held_delivery(self):
        return self.env._(
            "Delivery %(delivery)s to %(customer)s waits for a payment.",
            delivery=self.facts['name'], customer=self.partner_id.display_name)

    def _say_promise(self):
        return self.env._(
            "%(customer)s promised %(amount)s until %(date)s and paid %(paid)s.",
            customer=self.partner_id.display_name, amount=self._format(self.amount),
            date=format_date(self.env, self.facts['until']), paid=self._format(self.facts['paid']))

    def _say_limit(self):
        limit = float(self.facts['limit'])
        return self.env._(
            "%(customer)s has used %(percent)s %% of the credit limit of %(limit)s: %(amount)s "
            "are open or ordered.", customer=self.partner_id.display_name,
            percent=int(100 * self.amount / limit), limit=self._format(limit),
            amount=self._format(self.amount))

    def _say_limitation(self):
        return self.env._(
            "%(invoice)s of %(customer)s becomes time-barred after %(date)s. Do not rely on a "
            "reminder: what stops that is a payment, an acknowledgement of the debt, a court "
            "order, or talks where the claim rule says so.", invoice=self.facts['name'],
            customer=self.partner_id.display_name, date=format_date(self.env, self.date_due))

    def _say_big_late(self):
        return self.env._(
            "%(customer)s, who bought for %(sales)s in twelve months, is late: %(amount)s are "
            "overdue, the oldest since %(date)s.", customer=self.partner_id.display_name,
            sales=self._format(self.facts['sales']), amount=self._format(self.amount),
            date=format_date(self.env, self.date_due))
