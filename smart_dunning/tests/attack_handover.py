"""Who may call and write what of the handover: part of `attack_table`."""

METHODS = {
    'dunning.agency': {
        'cm': 'action_open_handovers',
    },
    'dunning.handover': {
        'cm': (
            'action_book_payment action_check action_court_sheet action_court_sheet_json '
            'action_download_package action_drop action_hand_over action_open_bookings '
            'action_open_debtor action_override '
            'action_propose action_recall action_write_off import_status'
        ),
    },
    'dunning.handover.analysis': {
        'cm': 'action_open',
    },
    'dunning.handover.fact': {
        'cm': 'action_open_source',
    },
    'dunning.handover.import': {
        'cmrswbpi': 'action_import',
    },
    'dunning.handover.make': {
        'cmrswbpi': 'action_propose',
    },
    'dunning.handover.override': {
        'cmrswbpi': 'action_override',
    },
    'dunning.handover.point': {
        'cm': 'action_mend',
    },
}

FIELDS = {
    'dunning.agency': {
        'm': (
            'active column_ids company_id cost_account_id country_ids creditor_reference '
            'customer_text customers date_format decimal_sign delimiter delivery encoding '
            'journal_id max_amount min_amount name partner_id reports_to_bureau sequence '
            'transit_account_id'
        ),
    },
    'dunning.agency.column': {
        'm': 'agency_id company_id is_required name sequence source text',
    },
    'dunning.handover': {
        '': (
            'agency_closed_as agency_costs agency_paid agency_reference agency_state '
            'amount_charges amount_credited amount_paid_here amount_principal booking_ids '
            'closed_as company_id currency_id customer_told_on date date_closed date_handed_over '
            'document_id document_sha256 fact_ids is_automatic item_ids line_ids name '
            'override_by_id override_codes override_reason package_id package_sha256 '
            'paid_before partner_id point_ids state status_date'
        ),
        'cm': 'agency_id approach note user_id',
    },
    'dunning.handover.analysis': {
        '': (
            'agency_id amount closed_as company_id costs credited currency_id date_closed '
            'date_handed_over days handover_id partner_id rate recovered residual state'
        ),
    },
    'dunning.handover.fact': {
        '': 'code company_id date handover_id is_met name sequence source',
    },
    'dunning.handover.line': {
        '': (
            'amount_interest amount_open amount_original amount_paid amount_waived company_id '
            'currency_id date_maturity default_date handover_id is_current limitation_date '
            'move_id move_line_id name'
        ),
    },
    'dunning.handover.point': {
        '': 'code company_id facts handover_id is_open is_overridden sequence',
    },
}

#: What is added to models of other rooms: roles, methods or fields.
_MORE_METHODS = {
    'dunning.debtor': {'cm': 'action_open_handovers', 'cmr': 'action_hand_over'}}
_MORE_FIELDS = {
    'account.move': {'': 'dunning_handover_id'},
    'dunning.debtor': {'': 'handover_tried_on'},
    'dunning.level': {'m': 'hand_over tells_bureau'},
    'dunning.pause': {'': 'handover_id'},
    'dunning.policy': {'m': (
        'handover_agency_ids handover_auto handover_min_amount handover_min_days '
        'handover_min_letters handover_wait_days')},
}


def add_to(methods, fields):
    """Add the handover to the tables of everything."""
    for table, own, more in ((methods, METHODS, _MORE_METHODS), (fields, FIELDS, _MORE_FIELDS)):
        table.update(own)
        for model, rows in more.items():
            for roles, names in rows.items():
                known = table[model].get(roles, '')
                table[model][roles] = f'{known} {names}'
