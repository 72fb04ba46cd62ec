-- Views for business intelligence, in a schema of their own: dunning_bi.
--
--     psql -d DATABASE -f smart_dunning/data/bi_views.sql
--
-- Run it again after each upgrade of Odoo or of smart_dunning; before one:
-- DROP SCHEMA IF EXISTS dunning_bi CASCADE; for a column that a view reads cannot be changed.
--
-- Who shall read them, and nothing else of the database:
--
--     CREATE ROLE dunning_bi LOGIN PASSWORD '…';
--
-- before this file is run, which gives that role its rights. The views ignore Odoo's record rules:
-- filter by company_id where not everybody may see every company.
--
-- Amounts are in the currency of the company unless a column says otherwise; days that depend on
-- today are counted by the server's clock. Names are in English: name ->> 'de_DE' has others.

BEGIN;
DROP SCHEMA IF EXISTS dunning_bi CASCADE;
CREATE SCHEMA dunning_bi;

-- What is open on receivable accounts: one row an item, credits below zero.
CREATE VIEW dunning_bi.open_items AS
SELECT item.id, item.company_id, company.name AS company, item.move_id,
       COALESCE(move.name, item.name) AS number, move.invoice_date,
       customer.id AS customer_id, customer.name AS customer,
       country.code AS country, move.invoice_user_id AS salesperson_id,
       COALESCE(item.date_maturity, item.date) AS due,
       GREATEST(0, CURRENT_DATE - COALESCE(item.date_maturity, item.date)) AS days_overdue,
       item.amount_residual AS amount, own.name AS company_currency,
       item.amount_residual_currency AS amount_currency, currency.name AS currency,
       level.name ->> 'en_US' AS level, item.dunning_date AS level_date
  FROM account_move_line item
  JOIN account_move move ON move.id = item.move_id
  JOIN account_account account ON account.id = item.account_id
  JOIN res_company company ON company.id = item.company_id
  JOIN res_currency own ON own.id = company.currency_id
  JOIN res_currency currency ON currency.id = item.currency_id
  LEFT JOIN res_partner partner ON partner.id = item.partner_id
  LEFT JOIN res_partner customer ON customer.id = partner.commercial_partner_id
  LEFT JOIN res_country country ON country.id = customer.country_id
  LEFT JOIN dunning_level level ON level.id = item.dunning_level_id
 WHERE account.account_type = 'asset_receivable' AND item.parent_state = 'posted'
   AND (item.amount_residual <> 0 OR item.amount_residual_currency <> 0);

-- One row a customer and company, as the debtor's page showed it at refreshed_at (UTC).
CREATE VIEW dunning_bi.debtors AS
SELECT debtor.id, debtor.company_id, company.name AS company,
       debtor.partner_id AS customer_id, customer.name AS customer,
       debtor.open_amount, debtor.credit_amount, debtor.overdue_amount, debtor.amount_not_due,
       debtor.amount_30, debtor.amount_60, debtor.amount_90, debtor.amount_older,
       debtor.charges_open, debtor.exposure, debtor.credit_limit,
       debtor.oldest_due_date, debtor.last_letter_date, debtor.last_payment_date,
       debtor.paused_until, debtor.promise_date, debtor.dispute_count,
       level.name ->> 'en_US' AS level, debtor.level_position,
       next_level.name ->> 'en_US' AS next_level, debtor.next_action_date,
       debtor.hold_state, debtor.risk_class, debtor.late_probability, debtor.median_days_late,
       debtor.average_days_late, debtor.money_at_risk, debtor.proposed_limit,
       debtor.refreshed_at
  FROM dunning_debtor debtor
  JOIN res_company company ON company.id = debtor.company_id
  JOIN res_partner customer ON customer.id = debtor.partner_id
  LEFT JOIN dunning_level level ON level.id = debtor.level_id
  LEFT JOIN dunning_level next_level ON next_level.id = debtor.next_level_id;

-- One row a company and day: the figures of docs/figures.md.
CREATE VIEW dunning_bi.days AS
SELECT day.id, day.company_id, company.name AS company, day.date, day.open_amount,
       day.overdue_amount, day.amount_not_due, day.amount_30, day.amount_60, day.amount_90,
       day.amount_older, day.held_amount, day.sales_amount, day.dso, day.best_dso,
       day.average_days_delinquent, day.collection_effectiveness
  FROM dunning_snapshot day
  JOIN res_company company ON company.id = day.company_id;

-- What was expected for a week on a day, and what came.
CREATE VIEW dunning_bi.forecasts AS
SELECT week.id, week.company_id, company.name AS company, week.date, week.week, week.ahead,
       week.amount, week.low, week.high, week.came, week.is_over
  FROM dunning_forecast_week week
  JOIN res_company company ON company.id = week.company_id;

-- Letters; amounts in the currency of the letter but for amount_company.
CREATE VIEW dunning_bi.letters AS
SELECT letter.id, letter.company_id, company.name AS company, letter.name AS number,
       run.name AS run, run.is_automatic, letter.state, letter.date, letter.sent_date,
       letter.deadline, letter.channel, letter.is_bounced, letter.seen_date,
       letter.partner_id AS customer_id, customer.name AS customer,
       policy.name ->> 'en_US' AS policy, level.name ->> 'en_US' AS level,
       level.position AS level_position, currency.name AS currency, letter.amount_due,
       letter.amount_credit, letter.amount_interest, letter.amount_fee, letter.amount_lump_sum,
       letter.amount_total, letter.amount_company
  FROM dunning_letter letter
  JOIN dunning_run run ON run.id = letter.run_id
  JOIN res_company company ON company.id = letter.company_id
  JOIN res_partner customer ON customer.id = letter.partner_id
  JOIN res_currency currency ON currency.id = letter.currency_id
  LEFT JOIN dunning_policy policy ON policy.id = letter.policy_id
  LEFT JOIN dunning_level level ON level.id = letter.level_id;

-- What each letter asked for, and what money came for it since: by day up to 7, 14 and 30 days.
-- In company currency; what a credit note settled was not paid.
CREATE VIEW dunning_bi.recovery AS
SELECT line.id, line.letter_id, line.company_id, line.move_id, line.name AS number,
       letter.sent_date, letter.channel, level.name ->> 'en_US' AS level,
       level.position AS level_position, asked.amount,
       LEAST(asked.amount, paid.in_7) AS paid_7, LEAST(asked.amount, paid.in_14) AS paid_14,
       LEAST(asked.amount, paid.in_30) AS paid_30
  FROM dunning_letter_line line
  JOIN dunning_letter letter ON letter.id = line.letter_id
  JOIN account_move_line item ON item.id = line.move_line_id
  LEFT JOIN dunning_level level ON level.id = line.level_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN item.amount_currency = 0 THEN line.amount_residual
              ELSE round(line.amount_residual * item.balance / item.amount_currency, 2) END
              AS amount) asked
 CROSS JOIN LATERAL (
       SELECT COALESCE(sum(part.amount) FILTER (
                  WHERE part.max_date <= letter.sent_date + 7), 0) AS in_7,
              COALESCE(sum(part.amount) FILTER (
                  WHERE part.max_date <= letter.sent_date + 14), 0) AS in_14,
              COALESCE(sum(part.amount) FILTER (
                  WHERE part.max_date <= letter.sent_date + 30), 0) AS in_30
         FROM account_partial_reconcile part
         JOIN account_move_line credit ON credit.id = part.credit_move_id
         JOIN account_move payment ON payment.id = credit.move_id
              AND payment.move_type <> 'out_refund'
        WHERE part.debit_move_id = item.id AND part.max_date > letter.sent_date) paid
 WHERE line.state = 'sent' AND letter.state = 'sent';

-- Interest, fees and lump sums; amounts in the currency of the charge.
CREATE VIEW dunning_bi.charges AS
SELECT charge.id, charge.company_id, company.name AS company,
       charge.partner_id AS customer_id, customer.name AS customer, charge.kind, charge.state,
       charge.date, charge.move_id, charge.letter_id, currency.name AS currency, charge.amount,
       charge.amount_waived, charge.amount_paid, charge.amount_open
  FROM dunning_charge charge
  JOIN res_company company ON company.id = charge.company_id
  JOIN res_partner customer ON customer.id = charge.partner_id
  JOIN res_currency currency ON currency.id = charge.currency_id;

-- Promises to pay; amounts in the currency of the promise.
CREATE VIEW dunning_bi.promises AS
SELECT promise.id, promise.company_id, company.name AS company,
       promise.partner_id AS customer_id, customer.name AS customer, promise.state,
       promise.date_made, promise.date, promise.channel, currency.name AS currency,
       promise.amount, promise.amount_paid
  FROM dunning_promise promise
  JOIN res_company company ON company.id = promise.company_id
  JOIN res_partner customer ON customer.id = promise.partner_id
  JOIN res_currency currency ON currency.id = promise.currency_id;

-- Objections to invoices; amounts in the currency of the dispute.
CREATE VIEW dunning_bi.disputes AS
SELECT dispute.id, dispute.company_id, company.name AS company,
       dispute.partner_id AS customer_id, customer.name AS customer, dispute.move_id,
       reason.name ->> 'en_US' AS reason, dispute.state, dispute.answer, dispute.date_opened,
       dispute.date_closed, dispute.deadline, currency.name AS currency, dispute.amount
  FROM dunning_dispute dispute
  JOIN res_company company ON company.id = dispute.company_id
  JOIN res_partner customer ON customer.id = dispute.partner_id
  JOIN res_currency currency ON currency.id = dispute.currency_id
  LEFT JOIN dunning_pause_reason reason ON reason.id = dispute.reason_id;

-- Cases with collection agencies; amounts in the currency of the case.
CREATE VIEW dunning_bi.handovers AS
SELECT handover.id, handover.company_id, company.name AS company, handover.name AS number,
       handover.partner_id AS customer_id, customer.name AS customer, agency.name AS agency,
       handover.state, handover.closed_as, handover.approach, handover.date_handed_over,
       handover.date_closed, handover.agency_state, currency.name AS currency,
       handover.amount_principal, handover.amount_charges, handover.amount_paid_here,
       handover.amount_credited, handover.agency_paid, handover.agency_costs
  FROM dunning_handover handover
  JOIN res_company company ON company.id = handover.company_id
  JOIN res_partner customer ON customer.id = handover.partner_id
  JOIN res_currency currency ON currency.id = handover.currency_id
  LEFT JOIN dunning_agency agency ON agency.id = handover.agency_id;

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'dunning_bi') THEN
        GRANT USAGE ON SCHEMA dunning_bi TO dunning_bi;
        GRANT SELECT ON ALL TABLES IN SCHEMA dunning_bi TO dunning_bi;
    END IF;
END $$;
COMMIT;
