def migrate(cr, version):
    """Note what the charges of an earlier version rest on: from now on they follow the debt.

    Interest from the first day that a letter named; lump sums and fees from their letter. Rate
    and rules are those of the policy, as far as nothing else is known.
    """
    cr.execute("""
        UPDATE dunning_charge charge
           SET terms = jsonb_build_object('basis', 'letter', 'default', CASE
                   WHEN charge.kind = 'interest' THEN (
                       SELECT min(first.date_from) FROM dunning_charge first
                        WHERE first.move_line_id = charge.move_line_id
                          AND first.kind = 'interest' AND first.is_withdrawn IS NOT TRUE)
                   ELSE charge.date END)
         WHERE charge.letter_id IS NOT NULL AND charge.terms IS NULL AND charge.amount > 0
    """)
