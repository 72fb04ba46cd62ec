"""Who may call and write what: the table of `test_attack_matrix`."""

from . import attack_handover, attack_insight

#: Letter: the groups of a user who has nothing else.
ROLES = {
    'c': 'smart_dunning.group_dunning_user',            # the clerk
    'm': 'smart_dunning.group_dunning_manager',         # the administrator
    'r': 'smart_dunning.group_dunning_release',         # may release holds
    's': 'sales_team.group_sale_salesman_all_leads',
    'w': 'stock.group_stock_user',                      # the warehouse
    'b': 'account.group_account_invoice',               # billing
    'p': 'base.group_portal',                           # a customer
    'i': 'base.group_user',                             # nobody in particular
}

#: Roles by public method: those who are not refused for want of rights. Whatever only opens a
#: window, or works on nothing, is open to all.
METHODS = {
    'account.move': {
        'cm': (
            'action_open_dunning_letters action_waive_dunning_charges action_waive_dunning_rest'
        ),
        'cmrswbpi': 'action_open_dunning_charges',
        'cmsb': (
            'action_record_dispute action_record_pause action_record_plan action_record_promise'
        ),
    },
    'dunning.activation': {
        '': 'action_activate action_preview',
    },
    'dunning.answer': {
        'cm': 'action_accept action_decline',
    },
    'dunning.charge': {
        'cm': 'action_book action_claim_again action_waive',
    },
    'dunning.charge.waive': {
        'cmrswbpi': 'action_waive',
    },
    'dunning.claim': {
        'cm': 'action_open',
    },
    'dunning.claim.rule': {
        'm': 'action_copy_for_company',
    },
    'dunning.credit.import': {
        'cm': 'action_check action_import',
    },
    'dunning.debtor': {
        'cm': (
            'action_accept_proposal action_allocate_payment action_end_pause '
            'action_export_risk_data action_fetch_credit_check action_paid_everything '
            'action_record_dispute '
            'action_waive_charges action_work action_write_now '
            'get_forecast get_forecast_details'
        ),
        'cmr': (
            'action_end_hold action_hold action_open_charges action_open_invoices '
            'action_open_items action_open_letters action_record_plan action_record_promise '
            'action_refresh action_waive_rest'
        ),
        'cmrswbpi': 'action_open_waiting action_pause',
        'mr': 'action_release',
    },
    'dunning.dispute': {
        'cm': 'action_justify action_mark_mistaken action_reject action_withdraw',
    },
    'dunning.dispute.stage': {
        'm': 'action_copy_for_company',
    },
    'dunning.held.delivery': {
        'cmrswbpi': (
            'action_open action_open_delivery action_open_order action_release '
            'action_request_release'
        ),
    },
    'dunning.hold': {
        'cm': 'action_end',
        'cmr': 'action_put',
    },
    'dunning.installment.plan': {
        'cm': 'action_cancel action_confirm action_print action_send action_split',
        'cmrswbpi': 'action_open',
    },
    'dunning.letter': {
        'cm': (
            'action_allocate_receipt action_approve action_approve_and_send action_called '
            'action_channel_email action_channel_print action_confirm_sent '
            'action_open_dunning_debtor action_open_portal action_print action_printed '
            'action_renew_access_token action_retry action_send action_send_again '
            'action_take_out action_waive_charges'
        ),
    },
    'dunning.level': {
        'cm': 'action_preview',
    },
    'dunning.level.preview': {
        'cmrswbpi': 'action_show',
    },
    'dunning.migration': {
        '': 'action_check action_import',
    },
    'dunning.pause': {
        'cm': 'action_end',
    },
    'dunning.pause.reason': {
        'm': 'action_copy_for_company',
    },
    'dunning.pause.record': {
        'cmrswbpi': 'action_pause',
    },
    'dunning.policy': {
        'm': 'backtest preview_change',
    },
    'dunning.policy.trial': {
        'm': 'action_apply action_backtest action_preview',
    },
    'dunning.text.load': {
        'm': 'action_load',
    },
    'dunning.promise': {
        'cm': 'action_cancel',
    },
    'dunning.rate': {
        'm': 'action_copy_for_company',
    },
    'dunning.remote': {
        # Everything here asks for a group first; `test_remote` tries it with real arguments.
        'cm': (
            'approve check get_debtors get_disputes get_figures get_forecast get_letters '
            'get_promises get_status plan preview'
        ),
        'cmrswbpi': (
            'cancel get_handover_package get_hold get_letter_pdfs get_run import_checks '
            'import_handover_status import_limits release send'
        ),
    },
    'dunning.release.grant': {
        'cmrswbpi': 'action_grant action_refuse',
    },
    'dunning.release.request': {
        'cmrswbpi': 'action_request',
    },
    'dunning.run': {
        'cm': (
            'action_approve_all action_cancel action_mark_printed action_plan '
            'action_print_letters action_retry action_send'
        ),
    },
    'res.config.settings': {
        'cmrswbpi': 'action_dunning_activate action_dunning_deactivate',
    },
    'res.partner': {
        'cm': 'action_open_dunning_debtor',
    },
    'sale.order': {
        'cm': 'action_dunning_debtor',
        'cmrswbpi': 'action_dunning_releases action_dunning_request_release',
        'm': 'action_dunning_release',
    },
    'stock.picking': {
        'cm': 'action_dunning_debtor',
        'cmrswbpi': 'action_dunning_releases action_dunning_request_release',
        'm': 'action_dunning_release',
    },
}

#: Roles by field, for a record of their own company; '' is nobody: the system alone writes it.
FIELDS = {
    'dunning.answer': {
        '': (
            'amount company_id contact_email contact_id contact_name contact_phone currency_id '
            'date dispute_id ip_address item_ids kind letter_id login_id move_id note partner_id '
            'plan_id promise_id reason_id said_at said_by state'
        ),
        'cm': 'user_id',
    },
    'account.move': {
        '': 'dunning_copy_ids dunning_date dunning_level_id',
        'cm': (
            'dunning_acknowledged_date dunning_court_date dunning_court_until '
            'dunning_default_manual dunning_default_reason dunning_dispute_ids'
        ),
        'cmb': 'dunning_policy_id',
    },
    'account.move.line': {
        '': 'dunning_charge_id',
        'm': 'dunning_date dunning_level_id',
    },
    'dunning.claim': {
        '': (
            'amount amount_company company_id currency_id date_due limitation_date move_id '
            'move_line_id partner_id salesperson_id suspended_days'
        ),
    },
    'dunning.claim.rule': {
        '': (
            'acknowledgement_law active business_margin business_reference calendar_basis '
            'company_id consumer_limitation_years consumer_margin consumer_reference '
            'country_group_id country_id court_months currency_id date_from day_count default_days '
            'legal_basis limitation_start limitation_years lump_sum lump_sum_covers_fees name '
            'note postal_days rate_stays reminder_basis reminder_period talks_months talks_suspend '
            'thirty_days_basis thirty_days_told'
        ),
    },
    'dunning.debtor': {
        '': (
            'amount_30 amount_60 amount_90 amount_not_due amount_older amount_to_pay '
            'average_days_late '
            'charges_open company_id credit_amount credit_limit days_late_trend dispute_count '
            'exposure hold_delivery hold_order hold_reasons hold_state is_only_charges '
            'is_prepayment_proposed item_count known_count last_letter_date last_payment_date '
            'late_band late_count late_probability left_out_amount left_out_codes level_id '
            'level_position median_days_late money_at_risk next_action_date next_amount '
            'next_channel next_count next_level_id next_wait oldest_due_date open_amount '
            'overdue_amount partner_id paused_until policy_id promise_date proposed_limit '
            'proposed_term_id receipt_amount '
            'refreshed_at risk_class risk_details waiting_ids work_code work_group work_rank '
            'work_until'
        ),
        'cm': 'user_id',
    },
    'dunning.debtor.change': {
        '': 'company_id partner_id',
    },
    'dunning.dispute': {
        '': (
            'closed_by_id company_id currency_id date_closed date_opened item_ids move_id '
            'paid_before partner_id portal_letter_id refund_id state told_letter_id'
        ),
        'cm': (
            'amount answer deadline note reason_id said_by stage_id user_id'
        ),
    },
    'dunning.dispute.stage': {
        '': 'company_id fold name sequence',
    },
    'dunning.hold': {
        '': 'company_id partner_id user_id',
        'cm': 'active date_until reason',
    },
    'dunning.hold.rule': {
        '': 'company_id policy_id',
        'm': (
            'amount days delivery_effect level_position order_effect '
            'reservation_effect sequence trigger'
        ),
    },
    'dunning.installment': {
        '': 'amount_paid company_id plan_id reminded_on state',
        'cm': 'amount date_due sequence',
    },
    'dunning.installment.plan': {
        '': (
            'access_token amount_paid amount_total by_notice company_id currency_id date '
            'date_closed date_missed date_next document_id document_sha256 grace_days name '
            'paid_before partner_id portal_letter_id signature signed_at signed_by signed_ip '
            'state'
        ),
        'cm': (
            'acknowledgement amount_part count date_first date_last date_signed interest interval '
            'item_ids note part_ids recipient_id user_id'
        ),
    },
    'dunning.letter': {
        '': (
            'access_token amount_charges amount_company amount_credit amount_due amount_fee '
            'amount_interest amount_lump_sum amount_total answer_ids attempts charge_ids '
            'claim_details company_id copies_until currency_id date document_id '
            'document_sha256 draft_document_id draft_version bounced_date '
            'bounced_email is_bounced is_fate_unknown is_prenotice is_released level_id '
            'line_ids link_sent_at merged_from message_uid name note oldest_due_date '
            'partner_id policy_id received_at received_by retry_at run_id seen_at seen_date '
            'insolvency_words is_deadline_typed is_printed_out released_by_id '
            'sent_at sent_by_id sent_date state'
        ),
        'cm': 'channel deadline email own_words recipient_id user_id',
    },
    'dunning.letter.line': {
        '': (
            'amount_disputed amount_original amount_residual company_id date_maturity '
            'days_overdue drop_reason invoice_date letter_id level_id move_id move_line_id name '
            'previous_date previous_level_id state'
        ),
    },
    'dunning.level': {
        '': 'company_id',
        'm': (
            'active attach_invoices attach_statement body_html call_script channel '
            'charge_interest charge_lump_sum delay delay_from fee_amount hold_effect '
            'is_formal letter_closing letter_layout_id letter_text min_amount name needs_approval '
            'payment_days policy_id position risk_letters shipped_digests signatory subject user_id'
        ),
    },
    'dunning.pause': {
        '': (
            'amount company_id dispute_id item_ids kind move_id partner_id plan_id promise_id '
            'user_id'
        ),
        'cm': 'active date_until reason reason_id',
    },
    'dunning.pause.reason': {
        '': 'active company_id name sequence usage',
    },
    'dunning.policy': {
        'm': (
            'active auto_send bank_guard_days bundle_levels charge_fees charge_interest '
            'charge_lump_sum company_id copy_hours customer_kind default_by_reminder '
            'default_by_thirty_days due_date_agreed hold_agreed hold_cash hold_count_drafts '
            'hold_disputed hold_max_term_id hold_notify_customer hold_prepaid hold_rule_ids '
            'installment_by_notice installment_grace_days installment_remind_days '
            'interest_margin interest_reference level_ids max_letters min_balance name '
            'net_credits partner_domain portal_dispute portal_link_days portal_partial '
            'portal_partial_min portal_plan portal_plan_days portal_plan_first_days '
            'portal_plan_part_min portal_plan_parts portal_promise_days portal_promise_max '
            'portal_seen_delivers prepay_over_limit promise_grace_days promise_level_position '
            'notice_ids promise_max quiet_days risk_class_ids sequence thirty_days_told tolerance'
        ),
    },
    'dunning.promise': {
        '': (
            'amount amount_paid company_id currency_id date date_made grace_days item_ids '
            'paid_before partner_id portal_letter_id state'
        ),
        'cm': 'channel note said_by user_id',
    },
    'dunning.rate': {
        '': 'company_id date_from date_until percent reference source',
    },
    'dunning.release': {
        '': (
            'company_id credit_limit date exposure hold_reason level_position max_amount order_id '
            'overdue_amount partner_id picking_id reason scope use_ids user_id valid_until'
        ),
    },
    'dunning.release.inquiry': {
        '': (
            'answer answered_by_id company_id date note order_id partner_id picking_id state '
            'user_id'
        ),
    },
    'dunning.risk.pattern': {
        '': 'company_id date known late median_days',
    },
    'dunning.run': {
        '': (
            'bank_date is_automatic is_released letter_ids name note omission_ids planned_on '
            'released_by_id state'
        ),
        'cm': 'company_id date due_after user_id',
    },
    'res.company': {
        '': (
            'dunning_active dunning_allocate_costs_first dunning_arbitration_note '
            'dunning_big_sales dunning_booking dunning_business_days dunning_events_since '
            'dunning_due_after dunning_fee_account_id dunning_free_days '
            'dunning_interest_account_id '
            'dunning_journal_id dunning_letter_layout_id dunning_pending_days '
            'dunning_policy_id dunning_portal dunning_portal_qr dunning_reference '
            'dunning_risk_active dunning_risk_auto dunning_risk_auto_percent dunning_user_id '
            'dunning_window'
        ),
    },
    'res.partner': {
        '': (
            'dunning_contact_id dunning_limit_change_ids dunning_limit_reason '
            'dunning_limit_until dunning_policy_id dunning_prepayment_only'
        ),
    },
    'sale.order': {
        '': 'dunning_free_told dunning_is_cash dunning_to_invoice',
        'ms': 'dunning_free_amount dunning_free_until',     # a manager may release
    },
    'stock.picking': {
        '': 'dunning_customer_told dunning_held_amount dunning_held_since',
    },
}

#: What a user of another company is not refused: it opens a window or copies what is shared, and
#: whoever opens the window sees nothing of the company.
HARMLESS = {
    'action_copy_for_company', 'action_open', 'action_open_dunning_charges',
    'action_open_dunning_letters', 'action_open_waiting', 'action_pause',
    'action_dunning_releases', 'action_dunning_request_release',
    # These find nothing of another company, and so do nothing.
    'get_forecast', 'get_forecast_details',
    'action_approve_all', 'action_retry', 'action_waive_dunning_rest',
}

METHODS |= attack_insight.METHODS
FIELDS |= attack_insight.FIELDS

attack_handover.add_to(METHODS, FIELDS)
HARMLESS.add('import_status')
