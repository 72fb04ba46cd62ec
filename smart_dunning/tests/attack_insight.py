"""The part of `attack_table` that is about figures, reports and events."""

METHODS = {
    'dunning.open.report': {
        'm': 'action_send_now',
    },
    'dunning.dashboard': {
        'cm': 'action_renew get_figures',
    },
    'dunning.event': {
        'cm': 'action_open',
    },
    'dunning.held.report': {
        'cm': 'action_open',
    },
    'dunning.ageing.report': {
        'cm': 'action_open',
    },
    'dunning.charge.report': {
        'cm': 'action_open',
    },
    'dunning.dispute.report': {
        'cm': 'action_open',
    },
    'dunning.limit.report': {
        'cm': 'action_open',
    },
    'dunning.payment.report': {
        'cm': 'action_open',
    },
    'dunning.promise.report': {
        'cm': 'action_open',
    },
    'dunning.recovery.report': {
        'cm': 'action_open',
    },
}

FIELDS = {
    'digest.digest': {
        '': 'kpi_dunning_collected kpi_dunning_dso kpi_dunning_held kpi_dunning_overdue',
    },
    'dunning.open.report': {
        'm': (
            'active company_id file_format frequency is_overdue_only is_own_only last_date '
            'month_day name next_date note partner_ids salesperson_ids user_ids'
        ),
    },
    'dunning.event': {
        '': (
            'amount company_id currency_id date date_due date_over facts is_silent kind level_id '
            'occasion partner_id res_id res_model told_user_id user_id'
        ),
    },
    'dunning.held.report': {
        '': (
            'amount amount_days company_id currency_id date_held date_paid days move_id partner_id '
            'picking_id user_id'
        ),
    },
    'dunning.notice': {
        'm': 'company_id kind policy_id recipient user_id way',
    },
    'dunning.ageing.report': {
        '': (
            'amount bucket company_id currency_id days_overdue due level_id move_id number '
            'overdue_amount partner_id user_id'
        ),
    },
    'dunning.charge.report': {
        '': (
            'amount amount_corrected amount_open amount_paid amount_waived charge_id '
            'company_id currency_id date kind level_id partner_id share_paid state'
        ),
    },
    'dunning.dispute.report': {
        '': (
            'amount company_id currency_id date days decided dispute_id justified move_id '
            'partner_id reason_id share_justified stage_id state user_id'
        ),
    },
    'dunning.limit.report': {
        '': (
            'amount_left band company_id credit_limit currency_id debtor_id exposure '
            'hold_state limit_use partner_id risk_class user_id'
        ),
    },
    'dunning.payment.report': {
        '': (
            'amount amount_days amount_late company_id currency_id date_due date_paid '
            'days_late move_id partner_id share_late user_id'
        ),
    },
    'dunning.promise.report': {
        '': (
            'amount amount_paid channel company_id currency_id date date_made judged kept '
            'partner_id promise_id share_kept share_kept_amount state user_id'
        ),
    },
    'dunning.recovery.report': {
        '': (
            'amount asked_14 asked_30 asked_7 channel company_id currency_id date letter_id '
            'level_id move_id paid_14 paid_30 paid_7 partner_id policy_id share_14 share_30 '
            'share_7 user_id'
        ),
    },
}
