def migrate(cr, version):
    """The total of a letter in company currency names what the letter asks for, charges included.
    """
    cr.execute("""
        UPDATE dunning_letter letter
           SET amount_company = round((amount_company + charges.amount * CASE
                   WHEN amount_due - amount_credit = 0 THEN 1
                   ELSE amount_company / (amount_due - amount_credit) END)::numeric, 2)
          FROM (SELECT id, COALESCE(amount_interest, 0) + COALESCE(amount_lump_sum, 0)
                       + COALESCE(amount_fee, 0) + COALESCE(amount_charges, 0) AS amount
                  FROM dunning_letter) charges
         WHERE charges.id = letter.id AND charges.amount != 0
    """)
